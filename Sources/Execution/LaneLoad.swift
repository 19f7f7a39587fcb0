internal import Synchronization

/// How many attacks, or branches of attacks, are at work on every lane of a pool.
final class LaneLoad: Sendable {
  private let taken: Mutex<[Int]>
  private let width: Int

  /// Creates an account of idle lanes.
  ///
  /// - Parameters:
  ///   - lanes: how many there are.
  ///   - width: how much a lane can have at work.
  init(lanes: Int, width: Int) {
    taken = Mutex([Int](repeating: 0, count: lanes))
    self.width = width
  }

  /// What is at work on a lane.
  func count(on lane: Int) -> Int { taken.withLock { $0[lane] } }

  /// A lane's share of the lanes on which nothing is at work; every one helps one busy lane.
  func idleLanes(helping lane: Int) -> [Int] {
    taken.withLock { taken in
      let busy = taken.indices.filter { taken[$0] > 0 || $0 == lane }
      let idle = taken.indices.filter { taken[$0] == 0 && $0 != lane }
      return idle.enumerated().filter { busy[$0.offset % busy.count] == lane }.map(\.element)
    }
  }

  /// Takes a seat for an attack: on its own lane, unless that is full or another has two fewer at
  /// work.
  func seat(near lane: Int) -> LaneSeat {
    taken.withLock { taken in
      let idlest = Self.idlest(taken)
      let isBusy = taken[lane] >= width || taken[idlest] + 1 < taken[lane]
      let chosen = isBusy ? idlest : lane
      taken[chosen] += 1
      return LaneSeat(lane: chosen, of: self)
    }
  }

  /// Takes a seat for a branch on the idlest lane; nil when all seats are taken.
  func freeSeat() -> LaneSeat? {
    taken.withLock { taken in
      let idlest = Self.idlest(taken)
      if taken[idlest] >= width { return nil }
      taken[idlest] += 1
      return LaneSeat(lane: idlest, of: self)
    }
  }

  fileprivate func leave(_ lane: Int) { taken.withLock { $0[lane] -= 1 } }

  private static func idlest(_ taken: [Int]) -> Int {
    taken.indices.min { (taken[$0], $0) < (taken[$1], $1) } ?? 0
  }
}

/// A place on a lane, free again when nobody refers to it any more.
final class LaneSeat: Sendable {
  /// The lane's number.
  let lane: Int
  private let load: LaneLoad

  fileprivate init(lane: Int, of load: LaneLoad) {
    self.lane = lane
    self.load = load
  }

  deinit { load.leave(lane) }
}
