public import Tensors

/// How the perturbed images of a step are made: projected gradient ascent of a fixed length.
public struct Crafting: Codable, Hashable, Sendable {
  /// What is made large.
  public enum Objective: Codable, Hashable, Sendable {
    /// The cross-entropy of the label.
    case crossEntropy
    /// KL(p(x) ‖ p(x′)), p(x) fixed.
    case divergence
    /// The decoupled divergence with these factors, all of the clean image's fixed.
    case decoupled(squaredErrorWeight: Double, crossEntropyWeight: Double)
  }

  /// Where a run begins.
  public enum Start: Codable, Hashable, Sendable {
    /// At the clean image.
    case clean
    /// At the clean image plus normally distributed noise, even outside [0, 1].
    case normal(deviation: Double)
    /// Anywhere in the ball, clipped to [0, 1].
    case uniform
    /// Anywhere in a ball so many times as large, clipped to [0, 1]; steps may leave both balls, and
    /// nothing bounds the perturbation but [0, 1].
    ///
    /// Source: de Jorge et al., *Make some noise: reliable and efficient single-step adversarial
    /// training*, 2022.
    case wide(radii: Double)
    /// At the clean image plus the perturbation that the step before left, which the step trains on
    /// as it is and then moves along the gradient that trains the network.
    ///
    /// Source: Shafahi et al., *Adversarial training for free!*, 2019.
    case carried
  }

  /// How batch normalisations work meanwhile.
  public enum Mode: String, Codable, Hashable, Sendable {
    /// With running statistics: each image on its own, on the fast path.
    case evaluation
    /// With those of the batch; the running ones stay.
    case training
    /// With those of the batch; every pass with a gradient moves the running ones.
    case trainingWithStatistics = "training-with-statistics"
  }

  /// What is made large.
  public var objective: Objective
  /// The number of steps; all are taken.
  public var steps: Int
  /// The length of a step in parts of the radius.
  public var relativeStep: Double
  /// Where a run begins.
  public var start: Start
  /// How batch normalisations work meanwhile.
  public var mode: Mode
  /// The norm that bounds the perturbation.
  public var norm: Norm

  /// Creates settings; the defaults are those of TRADES but for the length of a step.
  ///
  /// - Parameters:
  ///   - objective: what is made large.
  ///   - steps: the number of steps.
  ///   - relativeStep: the length of a step in parts of the radius.
  ///   - start: where a run begins.
  ///   - mode: how batch normalisations work meanwhile.
  ///   - norm: what bounds the perturbation.
  public init(
    objective: Objective = .divergence, steps: Int = 10, relativeStep: Double = 0.25,
    start: Start = .normal(deviation: 0.001), mode: Mode = .evaluation, norm: Norm = .linf
  ) {
    self.objective = objective
    self.steps = steps
    self.relativeStep = relativeStep
    self.start = start
    self.mode = mode
    self.norm = norm
  }
}
