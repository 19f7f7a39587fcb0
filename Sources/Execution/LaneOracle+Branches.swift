public import Tensors

/// Use of seats that would be empty otherwise, at the end of a run or in a small one.
extension LaneOracle {
  /// A lane computes this many images at hardly less speed than more of them.
  private static let efficientBatch = 8

  /// An oracle on the idlest lane; nil when all seats are taken.
  func branch() -> LaneOracle? {
    guard let pool, let seat = pool.load.freeSeat() else { return nil }
    return LaneOracle(pool.lanes[seat.lane], of: pool, seat: seat)
  }

  var executor: (any TaskExecutor)? { lane.executor }

  func adopt(_ branch: LaneOracle) {
    let count = branch.count
    add { $0 = $0 + count }
  }

  func discard(_ branch: LaneOracle) {
    let seconds = branch.count.seconds
    add { $0.seconds += seconds }
  }

  /// Asks for as many images at once as find room on this lane and on idle ones.
  ///
  /// - Parameters:
  ///   - count: how many images there are at most, at least 1.
  ///   - propose: makes the next image.
  ///   - isEnough: called with every row in order; whether those behind it are superfluous.
  /// - Returns: the rows; only these are counted.
  /// - Throws: ``BackendError``, or `CancellationError` when the run is being stopped.
  public func logits(
    atMost count: Int, proposing propose: () -> Image,
    until isEnough: ([Float]) async throws -> Bool
  ) async throws -> [[Float]] {
    precondition(count > 0, "something is asked")
    let lanes = [lane] + idleLanes
    let images = (0..<min(count, share * lanes.count)).map { _ in propose() }
    var rows: [[Float]] = []
    for row in try await uncountedLogits(at: images, on: lanes) {
      add { $0.forwards += 1 }
      rows.append(row)
      if try await isEnough(row) { break }
    }
    return rows
  }

  /// This oracle's share of an efficient batch of its lane.
  private var share: Int {
    guard let pool, let number else { return 1 }
    let batch = min(Self.efficientBatch, pool.width)
    return max(1, batch / max(1, pool.load.count(on: number)))
  }

  /// The lane's place in its pool.
  private var number: Int? { pool?.lanes.firstIndex { $0 === lane } }

  private var idleLanes: [Lane] {
    guard let pool, let number else { return [] }
    return pool.load.idleLanes(helping: number).map { pool.lanes[$0] }
  }

  /// The logits at images, on the fast path, dealt out to lanes; only their time is counted.
  private func uncountedLogits(at images: [Image], on lanes: [Lane]) async throws -> [[Float]] {
    try Task.checkCancellation()
    let replies = try await withThrowingTaskGroup(of: (Int, Lane.Reply).self) { group in
      for (position, image) in images.enumerated() {
        let lane = lanes[position % lanes.count]
        group.addTask(executorPreference: lane.executor) {
          (position, try await lane.ask(.logits, at: image))
        }
      }
      var replies = [Lane.Reply?](repeating: nil, count: images.count)
      for try await (position, reply) in group { replies[position] = reply }
      return replies.compactMap { $0 }
    }
    let seconds = replies.reduce(0) { $0 + $1.seconds }
    add { $0.seconds += seconds }
    return replies.map(\.logits)
  }
}
