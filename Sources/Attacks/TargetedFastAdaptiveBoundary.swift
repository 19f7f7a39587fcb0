public import Execution
public import Tensors

/// FAB toward one wrong class after the other, the likeliest first, each time from the clean image.
///
/// Source: Croce & Hein, *Reliable evaluation of adversarial robustness with an ensemble of diverse
/// parameter-free attacks*, ICML 2020, §5: a step asks for one gradient, however many classes.
public struct TargetedFastAdaptiveBoundary: MinimumDistanceAttack {
  /// For lists, reports and random streams.
  public let name = "fab-t"
  /// How the boundary is followed.
  public var method: FastAdaptiveBoundary
  /// The number of wrong classes tried.
  public var targets: Int

  /// Creates an attack.
  ///
  /// - Parameters:
  ///   - method: how the boundary is followed.
  ///   - targets: the number of wrong classes tried, at least 1; fewer where the network has fewer.
  public init(method: FastAdaptiveBoundary = FastAdaptiveBoundary(), targets: Int = 9) {
    precondition(targets > 0, "an attack has at least one run")
    self.method = method
    self.targets = targets
  }

  /// The settings that influence the result, for the report.
  public var settings: [String: String] {
    method.settings.merging([
      "loss": TargetedLoss.margin.rawValue, "targets": "\(targets)", "restarts": "1",
    ]) { $1 }
  }

  /// The clean image, then for every target in each step a gradient and the logits.
  public func cost(in norm: Norm, classes: Int) -> AttackCost {
    var cost = method.cost(gradientsOfStep: 1)
    cost.ofSurvivor = min(targets, classes - 1) * cost.ofSurvivor
    return cost.repeated(1)
  }

  /// A sentence where there are fewer wrong classes than targets.
  public func notes(forClasses classes: Int) -> [String] {
    Targets.note(wanted: targets, classes: classes).map { ["\(name): \($0)"] } ?? []
  }

  /// Searches target by target, and returns as soon as an image is near enough.
  public func nearest(
    to example: Example, withLogits logits: [Float], in set: some PerturbationSet,
    stoppingWithin enough: Double, asking oracle: some SharedOracle, random: RandomStream
  ) async throws -> Candidate.BoundaryPoint? {
    let likeliest = Targets.likeliest(targets, in: logits)
    let found = try await oracle.runs(likeliest.count) { point in
      (point?.distance ?? .infinity) <= enough
    } _: { [method] number, oracle in
      try await method.nearest(
        BoundaryTowardClass(objective: TargetedMargin(target: likeliest[number])),
        from: example.image, for: example, in: set, asking: oracle, stoppingWithin: enough)
    }
    return found.compactMap(\.self).min { $0.distance < $1.distance }
  }
}
