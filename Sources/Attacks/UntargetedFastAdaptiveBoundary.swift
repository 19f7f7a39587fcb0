public import Execution
public import Tensors

/// FAB toward whichever class is nearest, from the clean image.
///
/// A step asks for the gradient of every wrong class's margin.
/// Source: Croce & Hein, *Minimally distorted adversarial examples with a fast adaptive boundary
/// attack*, ICML 2020, algorithm 1.
public struct UntargetedFastAdaptiveBoundary: MinimumDistanceAttack {
  /// For lists, reports and random streams.
  public let name = "fab"
  /// How the boundary is followed.
  public var method: FastAdaptiveBoundary

  /// Creates an attack.
  ///
  /// - Parameter method: how the boundary is followed.
  public init(method: FastAdaptiveBoundary = FastAdaptiveBoundary()) { self.method = method }

  /// The same attack with further runs from random images.
  ///
  /// - Parameter restarts: the number of runs, at least 1; 5 as published.
  /// - Returns: the attack.
  public func restarted(_ restarts: Int) -> RestartedFastAdaptiveBoundary {
    RestartedFastAdaptiveBoundary(method: method, restarts: restarts)
  }

  /// The settings that influence the result, for the report.
  public var settings: [String: String] { method.settings.merging(["restarts": "1"]) { $1 } }

  /// The clean image, then in every step a gradient for each wrong class and the logits.
  public func cost(in norm: Norm, classes: Int) -> AttackCost {
    method.cost(gradientsOfStep: classes - 1).repeated(1)
  }

  /// Searches from the clean image, and returns as soon as an image is near enough.
  public func nearest(
    to example: Example, withLogits logits: [Float], in set: some PerturbationSet,
    stoppingWithin enough: Double, asking oracle: some SharedOracle, random: RandomStream
  ) async throws -> Candidate.BoundaryPoint? {
    try await method.nearest(
      NearestBoundary(), from: example.image, for: example, in: set, asking: oracle,
      stoppingWithin: enough)
  }
}
