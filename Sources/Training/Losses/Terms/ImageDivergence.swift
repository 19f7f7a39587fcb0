/// KL(p(x) ‖ p(x′)) of clean and perturbed images, pulling at both.
///
/// Source: Zhang et al., *Theoretically principled trade-off between robustness and accuracy*, 2019.
public struct ImageDivergence: LossTerm {
  /// `imageDivergence`.
  public static let kind = "imageDivergence"

  /// Creates the term.
  public init() {}

  /// Both.
  public var passes: Set<ForwardPass> { [.clean, .adversarial] }

  /// The divergence.
  ///
  /// - Parameter inputs: logits of both passes.
  /// - Returns: a value an image of the batch.
  public func value(of inputs: LossInputs) -> TermValue {
    TermValue(
      zip(inputs.logits(.clean), inputs.logits(.adversarial)).map { PairTerm.divergence($0, $1) })
  }
}
