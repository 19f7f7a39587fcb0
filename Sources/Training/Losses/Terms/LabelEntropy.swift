/// The cross-entropy of labels, as natural training has it on clean images and adversarial training
/// on perturbed ones.
///
/// Source: Madry et al., *Towards deep learning models resistant to adversarial attacks*, 2018.
public struct LabelEntropy: LossTerm {
  /// `labelEntropy`.
  public static let kind = "labelEntropy"

  /// On which images.
  public var pass: ForwardPass
  /// How much of a label's probability goes to all classes alike.
  public var smoothing: Double

  /// Creates a term.
  ///
  /// - Parameters:
  ///   - pass: on which images.
  ///   - smoothing: how much of a label's probability goes to all classes alike.
  public init(at pass: ForwardPass, smoothing: Double = 0) {
    self.pass = pass
    self.smoothing = smoothing
  }

  /// The one that is named.
  public var passes: Set<ForwardPass> { [pass] }

  /// The smoothing.
  public var settings: [(Setting, WritableKeyPath<Self, Double>)] {
    [(.labelSmoothing, \.smoothing)]
  }

  /// −log p of the label, or of both labels by their shares.
  ///
  /// - Parameter inputs: logits and labels.
  /// - Returns: a value an image of the batch.
  public func value(of inputs: LossInputs) -> TermValue {
    let seconds = inputs.secondLabels
    let rows = zip(inputs.logits(pass), inputs.labels).enumerated().map { row, image in
      SingleTerm.crossEntropy(
        image.0, label: image.1, second: seconds.isEmpty ? nil : seconds[row], smoothing: smoothing)
    }
    return TermValue(rows, at: pass)
  }
}
