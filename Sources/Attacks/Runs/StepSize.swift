internal import Tensors

/// The length of a step, in pixel units or in parts of the radius.
///
/// As text `2/255`, `0.01`, `eps`, `eps/4` or `eps*0.1`.
public enum StepSize: Hashable, Sendable {
  /// In the set's norm and pixel units.
  case absolute(Float)
  /// A multiple of the set's radius.
  case relative(Float)

  /// Reads a step size.
  ///
  /// - Parameter text: for instance `2/255` or `eps/4`.
  public init?(_ text: String) {
    if text.hasPrefix("eps") {
      let factor = text.dropFirst(3)
      let number =
        switch factor.first {
        case nil: Float(1)
        case "/": Float(fraction: "1\(factor)")
        case "*": Float(fraction: String(factor.dropFirst()))
        default: Float?.none
        }
      guard let number, number > 0 else { return nil }
      self = .relative(number)
    } else {
      guard let number = Float(fraction: text), number > 0 else { return nil }
      self = .absolute(number)
    }
  }

  /// The length within a set.
  ///
  /// - Parameter radius: the set's.
  /// - Returns: the length in pixel units.
  public func length(forRadius radius: Float) -> Float {
    switch self {
    case .absolute(let length): length
    case .relative(let factor): factor * radius
    }
  }
}

extension StepSize: CustomStringConvertible {
  /// The shortest text that is read as the same step size.
  public var description: String {
    switch self {
    case .absolute(let length): "\(length)"
    case .relative(1): "eps"
    case .relative(let factor): "eps*\(factor)"
    }
  }
}
