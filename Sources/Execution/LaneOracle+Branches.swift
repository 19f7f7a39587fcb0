public import Tensors

/// Use of seats that would be empty otherwise, at the end of a run or in a small one.
extension LaneOracle {
  /// A lane computes this many images at hardly less speed than more of them.
  private static let efficientBatch = 8

  /// This oracle's share of an efficient batch of its lane, and of one of every lane that helps it.
  public var room: Int {
    guard let pool, let number else { return 1 }
    let batch = min(Self.efficientBatch, pool.width)
    let share = max(1, batch / max(1, pool.load.count(on: number)))
    return share * (1 + idleLanes.count)
  }

  /// The lane's place in its pool.
  private var number: Int? { pool?.lanes.firstIndex { $0 === lane } }

  private var idleLanes: [Lane] {
    guard let pool, let number else { return [] }
    return pool.load.idleLanes(helping: number).map { pool.lanes[$0] }
  }

  /// Asks for all at once.
  ///
  /// - Parameters:
  ///   - images: pixels in [0, 1].
  ///   - isEnough: whether logits make those of later images superfluous.
  /// - Returns: a row an image, up to the first for which that is so; only these are counted.
  /// - Throws: ``BackendError``, or `CancellationError` when the run is being stopped.
  public func logits(
    at images: [Image], until isEnough: ([Float]) -> Bool
  ) async throws -> [[Float]] {
    let all = try await uncountedLogits(at: images)
    let rows = Array(all.prefix(1 + (all.firstIndex(where: isEnough) ?? all.count)))
    countForwards(rows.count)
    return rows
  }

  /// The logits at images, on the fast path, dealt out to this lane and those that help; only their
  /// time is counted.
  ///
  /// - Parameter images: pixels in [0, 1].
  /// - Returns: a row an image.
  /// - Throws: ``BackendError``, or `CancellationError` when the run is being stopped.
  public func uncountedLogits(at images: [Image]) async throws -> [[Float]] {
    try Task.checkCancellation()
    let lanes = [lane] + idleLanes
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
    countSeconds(replies.reduce(0) { $0 + $1.seconds })
    return replies.map(\.logits)
  }
}
