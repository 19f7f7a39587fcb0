public import Attacks
public import Execution
internal import Synchronization
public import Tensors

/// What a run will cost if every image survives every attack: an upper bound.
public struct Forecast: Sendable {
  /// Seconds of one lane for a forward pass of one image.
  public let forwardSeconds: Double
  /// Seconds of one lane for a forward and a backward pass of one image.
  public let gradientSeconds: Double
  /// What an image that survives asks, by attack.
  private let passes: [String: PassRange]

  /// Times a few full batches on the lanes that will do the work.
  ///
  /// - Parameters:
  ///   - pool: the lanes.
  ///   - image: any image.
  ///   - attacks: those of the run.
  ///   - norm: of the sets that they search.
  /// - Throws: `BackendError` when the network cannot be computed.
  public init(
    measuring pool: LanePool, on image: Image, attacks: [any Attack], norm: Norm
  ) async throws {
    let classes = pool.lanes[0].classes
    passes = Dictionary(
      attacks.map { ($0.name, $0.cost(in: norm, classes: classes).ofSurvivor) },
      uniquingKeysWith: { first, _ in first })
    let seats = pool.width * pool.lanes.count
    func seconds(
      _ ask: @escaping @Sendable (LaneOracle) async throws -> Void
    ) async throws -> Double {
      let left = Mutex(seats)
      let total = Mutex(0.0)
      try await pool.run(atMost: seats) { lane in
        let mine = left.withLock { left in
          left -= 1
          return left >= 0
        }
        if !mine { return false }
        // The first question makes the plan; only the second is timed.
        try await ask(LaneOracle(lane))
        let oracle = LaneOracle(lane)
        try await ask(oracle)
        total.withLock { $0 += oracle.count.seconds }
        return false
      }
      return total.withLock { $0 } / Double(seats)
    }
    forwardSeconds = try await seconds { _ = try await $0.logits(at: image) }
    gradientSeconds = try await seconds {
      _ = try await $0.gradient(of: CrossEntropy(), at: image, label: 0)
    }
  }

  /// Lane seconds for one image that survives an attack.
  ///
  /// - Parameter name: of one of the run's attacks.
  /// - Returns: an estimate; 0 for other attacks.
  public func seconds(for name: String) -> Double {
    guard let most = passes[name] else { return 0 }
    let gradients = most.backwards.upperBound
    return gradients * gradientSeconds + (most.forwards.upperBound - gradients) * forwardSeconds
  }
}
