/// A function of one value, applied to every value of an activation.
///
/// In files `{"sigmoid": {}}`, `{"leakyReLU": {"slope": 0.01}}`.
public enum ElementFunction: Hashable, Sendable, Codable {
  /// σ(x) = 1 / (1 + e⁻ˣ).
  case sigmoid
  /// The hyperbolic tangent.
  case tanh
  /// x · Φ(x), Φ the normal distribution.
  case gelu
  /// x · (1 + tanh(√(2/π)·(x + 0.044715·x³))) / 2.
  case tanhGELU
  /// x · σ(1.702·x).
  case quickGELU
  /// log(1 + eˣ).
  case softplus
  /// x · clamp(x/6 + ½, 0…1).
  case hardSwish
  /// x where it is positive, otherwise slope · x.
  case leakyReLU(slope: Float)
  /// x where it is positive, otherwise scale · (eˣ − 1).
  case elu(scale: Float)
  /// clamp(slope · x + offset, 0…1); the derivative is 0 at both ends.
  case hardSigmoid(slope: Float, offset: Float)
  /// The nearest value within two bounds; the derivative is 0 at both ends.
  case clamp(lower: Float, upper: Float)

  /// One of each, with usual numbers.
  package static let examples: [Self] = [
    .sigmoid, .tanh, .gelu, .tanhGELU, .quickGELU, .softplus, .hardSwish, .leakyReLU(slope: 0.01),
    .elu(scale: 1), .hardSigmoid(slope: 1 / 6, offset: 0.5), .clamp(lower: 0, upper: 6),
  ]

  /// What is wrong with its numbers; nil if nothing is.
  var problem: String? {
    switch self {
    case .sigmoid, .tanh, .gelu, .tanhGELU, .quickGELU, .softplus, .hardSwish: nil
    case .leakyReLU(let number), .elu(let number):
      number.isFinite ? nil : "its number is not finite"
    case .hardSigmoid(let slope, let offset):
      slope.isFinite && offset.isFinite ? nil : "a number is not finite"
    case .clamp(let lower, let upper):
      lower.isFinite && upper.isFinite && lower < upper
        ? nil : "its bounds \(lower) and \(upper) are not finite or not in order"
    }
  }
}
