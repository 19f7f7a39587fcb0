/// Stochastic gradient descent with momentum.
public struct Optimizer: Codable, Hashable, Sendable {
  /// Which direction a step takes.
  public enum Momentum: String, Codable, Hashable, Sendable {
    /// Along the running sum of gradients.
    case heavyBall = "heavy-ball"
    /// Along the gradient plus what the running sum will be.
    case nesterov
  }

  /// How much of the running sum of gradients is kept.
  public var momentum: Double
  /// How it is used.
  public var kind: Momentum
  /// The factor of a parameter that is added to its gradient.
  public var weightDecay: Double
  /// Parameters whose name contains one of these are not decayed.
  public var undecayed: [String]

  /// Creates settings.
  ///
  /// - Parameters:
  ///   - momentum: how much of the running sum of gradients is kept; 0 for none.
  ///   - kind: how it is used.
  ///   - weightDecay: the factor of a parameter that is added to its gradient.
  ///   - undecayed: parts of the names of parameters that are not decayed.
  public init(
    momentum: Double = 0.9, kind: Momentum = .heavyBall, weightDecay: Double,
    undecayed: [String] = []
  ) {
    self.momentum = momentum
    self.kind = kind
    self.weightDecay = weightDecay
    self.undecayed = undecayed
  }

  /// The factor of a parameter that is added to its gradient.
  func decay(of name: String) -> Double {
    undecayed.contains { name.contains($0) } ? 0 : weightDecay
  }
}
