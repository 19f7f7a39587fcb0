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
    /// At a random image, mostly at the set's border.
    case random
  }

  /// The number of steps of a run.
  public var steps: Int
  /// The length of a step in the set's norm; nil for a quarter of the radius.
  public var stepSize: Float?
  /// Where a run begins.
  public var start: Start

  /// Creates the method; without arguments the usual PGD-20 of α = ε/4 from a random start.
  ///
  /// - Parameters:
  ///   - steps: at least 1.
  ///   - stepSize: in the set's norm and pixel units; nil for a quarter of the radius.
  ///   - start: where a run begins.
  public init(steps: Int = 20, stepSize: Float? = nil, start: Start = .random) {
    precondition(steps > 0, "PGD takes at least one step")
    self.steps = steps
    self.stepSize = stepSize
    self.start = start
  }

  /// The settings that influence the result, for the report.
  public var settings: [String: String] {
    [
      "steps": "\(steps)", "step": stepSize.map { "\($0)" } ?? "eps/4",
      "start": start.rawValue,
    ]
  }

  /// Searches from one starting point, and returns as soon as an image is misclassified.
  public func maximize(
    _ objective: some Objective, for example: Example, within set: some PerturbationSet,
    asking oracle: some Oracle, random: inout RandomStream
  ) async throws -> Candidate {
    let stepSize = stepSize ?? set.radius / 4  // α
    var image =
      switch start {
      case .clean: example.image
      case .random: set.random(around: example.image, using: &random)
      }
    var best: Candidate?
    for _ in 0..<steps {
      let answer = try await oracle.gradient(of: objective, at: image, label: example.label)
      let reached = Candidate(image, of: example, answer: answer)
      if reached.isAdversarial { return reached }
      best = best?.orBetter(reached) ?? reached

      let direction = set.steepest(answer.gradient)
      image = set.project(
        image.combined(with: direction) { $0 + stepSize * $1 }, around: example.image)
    }
    let last = Candidate(
      image, of: example, logits: try await oracle.logits(at: image), objective: objective)
    return best?.orBetter(last) ?? last
  }
}
