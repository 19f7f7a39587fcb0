/// How the learning rate changes from epoch to epoch, counted from 1.
public enum LearningRateSchedule: Codable, Hashable, Sendable {
  /// The same throughout.
  case constant(Double)
  /// Multiplied by a factor from the start of each of some epochs on, perhaps with a new optimiser.
  case steps(initial: Double, factor: Double, epochs: [Int], forgetsMomentum: Bool = false)
  /// ½ · initial · (1 + cos(π (e + shift) / period)), after a linear rise in the first `warmUp` − 1
  /// epochs.
  case cosine(initial: Double, period: Double, shift: Double, warmUp: Int = 0)
  /// A tenth from half of all steps on, a hundredth from three quarters on.
  ///
  /// Counted in steps: the drop comes with the last step of an epoch. Source: code of Wu et al.,
  /// *Adversarial weight perturbation helps robust generalization*, 2020.
  case piecewise(initial: Double)
  /// Up along a cosine during the first part, then down, while momentum goes from 0.95 to 0.85 and
  /// back.
  ///
  /// Source: Smith & Topin, *Super-convergence*, 2017, with the defaults of PyTorch's `OneCycleLR`.
  case oneCycle(largest: Double, rise: Double, startDivisor: Double, endDivisor: Double)
  /// From 0 up to the largest rate after half of all steps, and down to 0, changing with every step.
  ///
  /// Source: Wong, Rice & Kolter, *Fast is better than free*, 2020, after Smith, *Cyclical learning
  /// rates for training neural networks*, 2017.
  case triangle(largest: Double)
}

/// How the radius of the perturbations changes from epoch to epoch, counted from 1.
public enum RadiusSchedule: Codable, Hashable, Sendable {
  /// Nothing is perturbed.
  case none
  /// The same throughout.
  case constant(Double)
  /// full · e / epochs.
  case linear(full: Double, epochs: Int)
}
