public import Execution
public import Tensors

/// FAB toward whichever class is nearest: from the clean image, then from random ones.
///
/// The random images lie at half the radius, as in the published program, so that this is no
/// ``MinimumDistanceAttack``: it has to be run again within every radius.
/// Source: Croce & Hein, *Minimally distorted adversarial examples with a fast adaptive boundary
/// attack*, ICML 2020, algorithm 1 and §3.4.
public struct RestartedFastAdaptiveBoundary: Attack {
  /// For lists, reports and random streams.
  public let name = "fab"
  /// How the boundary is followed.
  public var method: FastAdaptiveBoundary
  /// The number of runs.
  public var restarts: Int

  /// Creates an attack.
  ///
  /// - Parameters:
  ///   - method: how the boundary is followed.
  ///   - restarts: the number of runs, at least 1.
  public init(method: FastAdaptiveBoundary = FastAdaptiveBoundary(), restarts: Int = 5) {
    precondition(restarts > 0, "an attack has at least one run")
    self.method = method
    self.restarts = restarts
  }

  /// The settings that influence the result, for the report.
  public var settings: [String: String] {
    method.settings.merging(["restarts": "\(restarts)"]) { $1 }
  }

  /// In every step a gradient for each wrong class, then the logits.
  public func cost(in norm: Norm, classes: Int) -> AttackCost {
    method.cost(gradientsOfStep: classes - 1).repeated(restarts)
  }

  /// Searches run by run, and returns as soon as an image of the set is misclassified.
  public func attack(
    _ example: Example, within set: some PerturbationSet, asking oracle: some SharedOracle,
    random: RandomStream
  ) async throws -> Candidate {
    let clean = example.image
    let logits = try await oracle.logits(at: clean)
    var best = Candidate(clean, of: example, logits: logits, objective: Margin())
    if !best.isAdversarial { best.value = -.infinity }
    for restart in 0..<restarts where !best.isAdversarial {
      var stream = random.forked(restart)
      let start = restart == 0 ? clean : set.halfway(from: clean, using: &stream)
      let found = try await method.nearest(
        NearestBoundary(), from: start, for: example, in: set, asking: oracle,
        stoppingWithin: Double(set.radius))
      best = best.orBetter(Candidate(found, around: clean, within: set))
    }
    return best
  }
}

extension PerturbationSet {
  /// A random image at half the radius.
  fileprivate func halfway(from center: Image, using random: inout RandomStream) -> Image {
    let offset = direction(of: center.shape, using: &random)
    let factor = Float(Double(radius) / 2 / (offset.norm(norm) + 1e-12))
    return center.combined(with: offset) { min(max($0 + factor * $1, 0), 1) }
  }
}
