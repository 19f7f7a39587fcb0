/// How the learning rate changes from epoch to epoch, counted from 1.
public enum LearningRateSchedule: Codable, Hashable, Sendable {
  /// The same throughout.
  case constant(Double)
  /// Multiplied by a factor from the start of each of some epochs on.
  case steps(initial: Double, factor: Double, epochs: [Int])
  /// ½ · initial · (1 + cos(π (e + shift) / period)).
  case cosine(initial: Double, period: Double, shift: Double)
  /// Up along a cosine during the first part, then down.
  case oneCycle(largest: Double, rise: Double, startDivisor: Double, endDivisor: Double)
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
