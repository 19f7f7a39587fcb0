internal import Synchronization
public import Tensors

/// What an attack on one image has cost.
public struct PassCount: Sendable, Hashable, Codable {
  /// Forward passes, those of gradients included.
  public var forwards = 0
  /// Backward passes.
  public var backwards = 0
  /// Forward passes on the exact path, which belong to the judge.
  public var judgements = 0
  /// Backward passes whose gradient was zero in every pixel.
  public var zeroGradients = 0
  /// The passes' share of their batches' time.
  public var seconds = 0.0

  /// Creates a count of nothing.
  public init() {}

  /// The sum of two counts.
  public static func + (left: PassCount, right: PassCount) -> PassCount {
    var sum = left
    sum.forwards += right.forwards
    sum.backwards += right.backwards
    sum.judgements += right.judgements
    sum.zeroGradients += right.zeroGradients
    sum.seconds += right.seconds
    return sum
  }
}

extension PassCount {
  private enum CodingKeys: String, CodingKey {
    case forwards, backwards, judgements, seconds
    case zeroGradients = "zero_gradients"
  }
}

/// One attack's view of a lane: it asks, and what it asked is counted.
public final class LaneOracle: BranchingOracle {
  let lane: Lane
  let pool: LanePool?
  /// Held as long as a branch is at work.
  private let seat: LaneSeat?
  private let passes = Mutex(PassCount())

  /// Creates a view with nothing counted.
  ///
  /// - Parameters:
  ///   - lane: who answers.
  ///   - pool: whose free seats may be used; by default there are none.
  public convenience init(_ lane: Lane, of pool: LanePool? = nil) {
    self.init(lane, of: pool, seat: nil)
  }

  init(_ lane: Lane, of pool: LanePool?, seat: LaneSeat?) {
    self.lane = lane
    self.pool = pool
    self.seat = seat
  }

  /// The number of classes.
  public var classes: Int { lane.classes }

  /// What was asked so far.
  public var count: PassCount { passes.withLock { $0 } }

  func add(_ passes: (inout PassCount) -> Void) { self.passes.withLock { passes(&$0) } }

  /// The logits at an image, on the fast path.
  ///
  /// - Parameter image: pixels in [0, 1].
  /// - Returns: one logit per class.
  /// - Throws: ``BackendError``, or `CancellationError` when the run is being stopped.
  public func logits(at image: Image) async throws -> [Float] {
    try Task.checkCancellation()
    let reply = try await lane.ask(.logits, at: image)
    add {
      $0.forwards += 1
      $0.seconds += reply.seconds
    }
    return reply.logits
  }

  /// An objective's gradient at an image, on the fast path.
  ///
  /// - Parameters:
  ///   - objective: what to differentiate.
  ///   - image: pixels in [0, 1].
  ///   - label: the true class.
  /// - Returns: value, logits and gradient.
  /// - Throws: ``BackendError``, or `CancellationError` when the run is being stopped.
  public func gradient(
    of objective: some Objective, at image: Image, label: Int
  ) async throws -> Answer {
    try Task.checkCancellation()
    let reply = try await lane.ask(
      .gradient { objective.evaluate($0, label: label) }, at: image)
    add {
      $0.forwards += 1
      $0.backwards += 1
      $0.seconds += reply.seconds
    }
    guard let gradient = reply.gradient else {
      preconditionFailure("a gradient question has a gradient answer")
    }
    if gradient.pixels.allSatisfy({ $0 == 0 }) { add { $0.zeroGradients += 1 } }
    return Answer(value: reply.value, logits: reply.logits, gradient: gradient)
  }

  /// The logits at an image on the exact path: what a claim is judged by.
  ///
  /// - Parameter image: pixels in [0, 1].
  /// - Returns: one logit per class.
  /// - Throws: ``BackendError``, or `CancellationError` when the run is being stopped.
  public func exactLogits(at image: Image) async throws -> [Float] {
    try Task.checkCancellation()
    let reply = try await lane.ask(.exact, at: image)
    add {
      $0.judgements += 1
      $0.seconds += reply.seconds
    }
    return reply.logits
  }
}
