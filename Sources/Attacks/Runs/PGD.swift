public import Execution
public import Tensors

/// Projected gradient ascent with a constant step size.
///
/// Source: Madry et al., *Towards deep learning models resistant to adversarial attacks*, ICLR 2018.
public struct PGD: AscentMethod {
  /// Where a run begins.
  public enum Start: String, Hashable, Sendable, CaseIterable {
    /// At the clean image.
    case clean
    /// Anywhere in the ball, even outside [0, 1]: TRADES.
    case uniform
    /// Anywhere in the ball, clipped to [0, 1]: Madry et al.
    case uniformClipped = "uniform-clipped"
    /// Mostly at the ball's border: AutoAttack.
    case autoAttack = "autoattack"
  }

  /// Which images count.
  public enum Judged: String, Hashable, Sendable, CaseIterable {
    /// Every image on the way; the first misclassified one ends the run.
    case any
    /// The last image only, as in published PGD-20 figures: a weaker attack at a fixed cost.
    case last
  }

  /// The number of steps of a run.
  public var steps: Int
  /// The length of a step in the set's norm.
  public var stepSize: StepSize
  /// Where a run begins.
  public var start: Start
  /// Which images count.
  public var judged: Judged

  /// Creates the method; without arguments PGD-20 with α = ε/4 from a random start.
  ///
  /// - Parameters:
  ///   - steps: at least 1.
  ///   - stepSize: in the set's norm.
  ///   - start: where a run begins.
  ///   - judged: which images count.
  public init(
    steps: Int = 20, stepSize: StepSize = .relative(0.25), start: Start = .uniformClipped,
    judged: Judged = .any
  ) {
    precondition(steps > 0, "PGD takes at least one step")
    self.steps = steps
    self.stepSize = stepSize
    self.start = start
    self.judged = judged
  }

  /// The fast gradient method: one step of the radius from the clean image.
  ///
  /// Source: Goodfellow, Shlens & Szegedy, *Explaining and harnessing adversarial examples*,
  /// ICLR 2015, §4; in L∞ the fast gradient sign method, FGSM.
  public static let fastGradient = PGD(
    steps: 1, stepSize: .relative(1), start: .clean, judged: .last)

  /// The settings that influence the result, for the report.
  public var settings: [String: String] {
    [
      "steps": "\(steps)", "step": "\(stepSize)", "start": start.rawValue,
      "judged": judged.rawValue,
    ]
  }

  /// A gradient a step and the logits at the end.
  public func cost(in norm: Norm) -> AttackCost {
    let run = PassRange.exactly(gradients: Double(steps), logits: 1)
    switch judged {
    case .last: return .always(run)
    case .any:
      return AttackCost(ofSurvivor: run, ofFooled: .exactly(gradients: 1, logits: 0))
    }
  }

  /// Searches from one starting point, and returns as soon as an image that counts is misclassified.
  public func maximize(
    _ objective: some Objective, for example: Example, within set: some PerturbationSet,
    asking oracle: some Oracle, random: inout RandomStream
  ) async throws -> Candidate {
    let clean = example.image
    let stepSize = stepSize.length(forRadius: set.radius)  // α
    var image = firstImage(around: clean, within: set, using: &random)
    var best: Candidate?
    for _ in 0..<steps {
      let answer = try await oracle.gradient(of: objective, at: image, label: example.label)
      // A start outside [0, 1] is no image.
      if judged == .any, set.contains(image, around: clean) {
        let reached = Candidate(image, of: example, answer: answer)
        if reached.isAdversarial { return reached }
        best = best?.orBetter(reached) ?? reached
      }
      let direction = set.steepest(answer.gradient)
      image = set.project(image.combined(with: direction) { $0 + stepSize * $1 }, around: clean)
    }
    let last = Candidate(
      image, of: example, logits: try await oracle.logits(at: image), objective: objective)
    return best?.orBetter(last) ?? last
  }

  private func firstImage(
    around clean: Image, within set: some PerturbationSet, using random: inout RandomStream
  ) -> Image {
    switch start {
    case .clean: clean
    case .uniform: clean + set.displacement(of: clean.shape, using: &random)
    case .uniformClipped:
      set.project(clean + set.displacement(of: clean.shape, using: &random), around: clean)
    case .autoAttack: set.random(around: clean, using: &random)
    }
  }
}
