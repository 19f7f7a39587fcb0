public import Tensors

extension LanePool {
  /// Computes gradients on all lanes at once, as many as a lane holds, and so takes all the memory
  /// that attacks will need.
  ///
  /// - Parameter image: any of the network's.
  /// - Throws: ``BackendError`` when a backend fails, for instance for want of memory.
  public func tryOut(_ image: Image) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for lane in lanes {
        for _ in 0..<width {
          group.addTask(executorPreference: lane.executor) {
            _ = try await LaneOracle(lane).gradient(of: FirstLogit(), at: image, label: 0)
          }
        }
      }
      try await group.waitForAll()
    }
  }
}

/// Something that has a gradient.
private struct FirstLogit: Objective {
  func evaluate(_ logits: [Float], label: Int) -> (value: Float, cotangent: [Float]) {
    var cotangent = [Float](repeating: 0, count: logits.count)
    cotangent[0] = 1
    return (logits[0], cotangent)
  }
}
