public import Graphs
internal import Synchronization
internal import Tensors

/// Several lanes over one network.
public struct LanePool: Sendable {
  /// The lanes, one a core as a rule.
  public let lanes: [Lane]
  /// How many attacks a lane keeps in flight.
  public let width: Int
  let load: LaneLoad

  /// Starts lanes.
  ///
  /// - Parameters:
  ///   - lanes: how many, at least 1.
  ///   - width: how many attacks each keeps in flight, at least 1.
  ///   - fast: what attacks search with; of several the lanes take one after the other.
  ///   - exact: what decides.
  ///   - prepareThread: called first on each lane's thread.
  public init(
    lanes: Int, width: Int, fast: [any CompiledNetwork], exact: any CompiledNetwork,
    prepareThread: @escaping @Sendable () -> Void
  ) {
    precondition(lanes > 0 && !fast.isEmpty, "a pool has at least one lane and one network")
    self.width = width
    load = LaneLoad(lanes: lanes, width: width)
    self.lanes = (0..<lanes).map {
      Lane(
        name: "lane \($0)", fast: fast[$0 % fast.count], exact: exact, width: width,
        prepareThread: prepareThread)
    }
  }

  /// Starts lanes that all search with one compiled network.
  ///
  /// - Parameters:
  ///   - lanes: how many, at least 1.
  ///   - width: how many attacks each keeps in flight, at least 1.
  ///   - fast: what attacks search with.
  ///   - exact: what decides.
  ///   - prepareThread: called first on each lane's thread.
  public init(
    lanes: Int, width: Int, fast: any CompiledNetwork, exact: any CompiledNetwork,
    prepareThread: @escaping @Sendable () -> Void
  ) {
    self.init(
      lanes: lanes, width: width, fast: [fast], exact: exact, prepareThread: prepareThread)
  }

  /// A width that keeps a lane's largest activation below 12 MiB: a power of two from 8 to 32.
  ///
  /// Results do not depend on it.
  ///
  /// - Parameter model: the network.
  /// - Returns: how many attacks a lane should keep in flight.
  public static func usualWidth(for model: Model) -> Int {
    let shapes = (try? model.shapes()) ?? []
    let largest = shapes.map(\.count).max() ?? 1
    let fits = 12 << 20 / (largest * MemoryLayout<Float>.stride)
    return fits >= 32 ? 32 : fits >= 16 ? 16 : 8
  }

  /// Ends the lanes' threads once nothing is in flight.
  public func stop() { for lane in lanes { lane.stop() } }

  /// Works until nothing is left, with every seat of every lane taken as long as there is work.
  ///
  /// - Parameters:
  ///   - limit: how many items there can be at once; fewer seats than that are not opened.
  ///   - work: takes the next item and does it, asking the lane; returns false when nothing is left
  ///     for this seat.
  /// - Throws: the first error; the other seats are cancelled.
  public func run(
    atMost limit: Int, _ work: @escaping @Sendable (Lane) async throws -> Bool
  ) async throws {
    let seats = min(width, (limit + lanes.count - 1) / lanes.count)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in lanes.indices {
        for _ in 0..<seats {
          group.addTask(executorPreference: lanes[number].executor) {
            while try await worked(near: number, work) { try Task.checkCancellation() }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// Does something with every item on all lanes.
  ///
  /// - Parameters:
  ///   - items: in any order of work.
  ///   - work: called with an item and whom to ask.
  /// - Returns: the results in the order of the items, whichever came first.
  /// - Throws: the first error; what is in flight is cancelled.
  public func map<Item: Sendable, Result: Sendable>(
    _ items: [Item],
    _ work: @escaping @Sendable (Item, LaneOracle) async throws -> Result
  ) async throws -> [Result] {
    let next = Mutex(0)
    let results = Mutex([Result?](repeating: nil, count: items.count))
    try await run(atMost: items.count) { lane in
      let place = next.withLock { next in
        defer { next += 1 }
        return next
      }
      guard place < items.count else { return false }
      let result = try await work(items[place], LaneOracle(lane, of: self))
      results.withLock { $0[place] = result }
      return true
    }
    return results.withLock { $0.compactMap { $0 } }
  }

  private func worked(
    near number: Int, _ work: @Sendable (Lane) async throws -> Bool
  ) async throws -> Bool {
    let seat = load.seat(near: number)
    defer { withExtendedLifetime(seat) {} }
    let lane = lanes[seat.lane]
    if seat.lane == number { return try await work(lane) }
    return try await withTaskExecutorPreference(lane.executor) { try await work(lane) }
  }
}
