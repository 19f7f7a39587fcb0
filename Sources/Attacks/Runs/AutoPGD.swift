public import Execution
public import Tensors

/// Auto-PGD: projected gradient ascent that chooses its own step size.
///
/// Source: Croce & Hein, *Reliable evaluation of adversarial robustness with an ensemble of diverse
/// parameter-free attacks*, ICML 2020, algorithm 1; in L₁ as in *Mind the box*, ICML 2021.
public struct AutoPGD: AscentMethod {
  /// Whether a run begins in wider balls.
  public enum Widening: String, Hashable, Sendable, CaseIterable {
    /// In L₁: three times the radius, twice, once.
    case inL1 = "l1"
    /// In no norm.
    case never
  }

  /// The number of steps of a run.
  public var steps: Int
  /// Whether a run begins in wider balls.
  public var widening: Widening
  /// The number of passes over which a gradient is averaged.
  public var passes: Int

  /// Creates the method.
  ///
  /// - Parameters:
  ///   - steps: at least 1; 100 in AutoAttack.
  ///   - widening: whether a run begins in wider balls.
  ///   - passes: over which a gradient is averaged, at least 1; 20 in AutoAttack's version `rand`.
  public init(steps: Int = 100, widening: Widening = .inL1, passes: Int = 1) {
    precondition(steps > 0 && passes > 0, "Auto-PGD takes at least one step of one pass")
    self.steps = steps
    self.widening = widening
    self.passes = passes
  }

  /// The settings that influence the result, for the report.
  public var settings: [String: String] {
    var settings = ["steps": "\(steps)"]
    if widening == .never { settings["widening"] = widening.rawValue }
    if passes > 1 { settings["eot"] = "\(passes)" }
    return settings
  }

  /// A leg of n steps asks for n gradients, each of several passes, and for the logits at its end.
  public func cost(in norm: Norm) -> AttackCost {
    func leg(_ steps: Int) -> PassRange {
      .exactly(
        gradients: Double(passes) * Double(max(1, steps)), logits: steps == 0 ? 0 : 1)
    }
    let lengths = lengths(in: norm)
    // Only the last leg ends at a success, at its first image at the earliest.
    let wider = lengths.dropLast().map(leg).reduce(.exactly(gradients: 0, logits: 0), +)
    return AttackCost(
      ofSurvivor: wider + leg(lengths.last ?? steps),
      ofFooled: wider + .exactly(gradients: Double(passes), logits: 0))
  }

  private func lengths(in norm: Norm) -> [Int] {
    guard widening == .inL1, norm == .l1 else { return [steps] }
    return SparseControl.legs(of: steps).map(\.steps)
  }

  /// Searches from one starting point, and returns as soon as an image is misclassified.
  public func maximize(
    _ objective: some Objective, for example: Example, within set: some PerturbationSet,
    asking oracle: some Oracle, random: inout RandomStream
  ) async throws -> Candidate {
    if passes == 1 {
      return try await search(
        objective, for: example, within: set, asking: oracle, random: &random)
    }
    return try await search(
      objective, for: example, within: set,
      asking: AveragedGradients(base: oracle, passes: passes), random: &random)
  }

  private func search<S: PerturbationSet>(
    _ objective: some Objective, for example: Example, within set: S,
    asking oracle: some Oracle, random: inout RandomStream
  ) async throws -> Candidate {
    let legs = widening == .inL1 ? S.Control.legs(of: steps) : [(factor: Float(1), steps: steps)]
    var start: Image?
    for leg in legs.dropLast() {
      let wider = set.withRadius(leg.factor * set.radius)
      let reached = try await run(
        objective, steps: leg.steps,
        from: start.map { wider.project($0, around: example.image) }
          ?? wider.random(around: example.image, using: &random),
        for: example, within: wider, asking: oracle, stopping: .afterAllSteps)
      start = reached.image
    }
    return try await run(
      objective, steps: legs.last?.steps ?? steps,
      from: start.map { set.project($0, around: example.image) }
        ?? set.random(around: example.image, using: &random),
      for: example, within: set, asking: oracle, stopping: .atSuccess)
  }

  /// When a run ends.
  package enum Stopping {
    /// At the first misclassified image.
    case atSuccess
    /// After all steps, with the image of the largest objective.
    case afterAllSteps
  }

  /// One run from a given image.
  package func run<S: PerturbationSet>(
    _ objective: some Objective, steps: Int, from start: Image, for example: Example,
    within set: S, asking oracle: some Oracle, stopping: Stopping
  ) async throws -> Candidate {
    var control = S.Control(within: set, steps: steps, from: start, around: example.image)
    var image = start
    var previous = start
    var (reached, gradient) = try await ask(objective, at: image, for: example, oracle)
    var best = reached
    var bestGradient = gradient
    for step in 0..<steps {
      if reached.isAdversarial, stopping == .atSuccess { return reached }
      let next = control.step(from: image, after: previous, along: gradient)
      previous = image
      image = next

      if step == steps - 1 {
        // No step follows, so the last gradient would not be used.
        reached = Candidate(
          image, of: example, logits: try await oracle.logits(at: image), objective: objective)
      } else {
        (reached, gradient) = try await ask(objective, at: image, for: example, oracle)
      }
      if reached.value > best.value {
        (best, bestGradient) = (reached, gradient)
      }
      if control.returnsToBest(after: reached.value, best: best) {
        (image, gradient) = (best.image, bestGradient)
      }
    }
    return reached.isAdversarial && stopping == .atSuccess ? reached : best
  }

  private func ask(
    _ objective: some Objective, at image: Image, for example: Example, _ oracle: some Oracle
  ) async throws -> (Candidate, gradient: Image) {
    let answer = try await oracle.gradient(of: objective, at: image, label: example.label)
    return (Candidate(image, of: example, answer: answer), answer.gradient)
  }
}
