internal import Attacks
public import Execution
internal import Synchronization
public import Tensors

/// What a run will cost if every image survives every attack: an upper bound.
public struct Forecast: Sendable {
  /// Seconds of one lane for a forward pass of one image.
  public let forwardSeconds: Double
  /// Seconds of one lane for a forward and a backward pass of one image.
  public let gradientSeconds: Double

  /// Times a few full batches on the lanes that will do the work.
  ///
  /// - Parameters:
  ///   - pool: the lanes.
  ///   - image: any image.
  /// - Throws: `BackendError` when the network cannot be computed.
  public init(measuring pool: LanePool, on image: Image) async throws {
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
  /// - Parameter attack: with its settings.
  /// - Returns: an estimate.
  public func seconds(for attack: RunSettings.Attack) -> Double {
    func setting(_ name: String, _ otherwise: Int) -> Double {
      Double(attack.settings[name].flatMap { Int($0) } ?? otherwise)
    }
    let runs = setting("restarts", 1) * setting("targets", 1)
    if let queries = attack.settings["queries"].flatMap({ Int($0) }) {
      return runs * Double(queries) * forwardSeconds
    }
    // The adaptive boundary attack checks each step with a forward pass of its own.
    let perStep = gradientSeconds + (attack.name.hasPrefix("fab") ? forwardSeconds : 0)
    return runs * setting("steps", 1) * setting("eot", 1) * perStep
  }
}
