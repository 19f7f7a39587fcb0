internal import Foundation

/// −log p_y − log(1 − maxₖ≠y pₖ) on perturbed images: the boosted cross-entropy of MART.
///
/// The published program adds 1e-4 to the second logarithm's argument, so that it is at most 9.2;
/// here it is the paper's, computed without cancellation.
/// Source: Wang et al., *Improving adversarial robustness requires revisiting misclassified
/// examples*, ICLR 2020, equation 9.
public struct BoostedEntropy: LossTerm {
  /// `boostedEntropy`.
  public static let kind = "boostedEntropy"

  /// Creates the term.
  public init() {}

  /// The perturbed images'.
  public var passes: Set<ForwardPass> { [.adversarial] }

  /// It is about one right class.
  public var refusalOfMixedLabels: String? {
    "has a likeliest wrong class of every image, and mixed images have two right ones"
  }

  /// The cross-entropy with the label and that with “not the likeliest wrong class”.
  ///
  /// - Parameter inputs: logits of perturbed images, and labels.
  /// - Returns: a value an image of the batch.
  public func value(of inputs: LossInputs) -> TermValue {
    let rows = zip(inputs.logits(.adversarial), inputs.labels).map { logits, label in
      let wrong = logits.largest(but: label)
      var term = SingleTerm.crossEntropy(logits, label: label)
      // 1 − pₖ = p_y / q_y, where q has all classes but k.
      var others = logits
      others[wrong] = -.infinity
      let (all, rest) = (logits.logProbabilities(), others.logProbabilities())
      term.value += rest[label] - all[label]
      let share = exp(all[wrong])
      for position in logits.indices {
        term.gradient[position] += share * ((position == wrong ? 1 : 0) - exp(rest[position]))
      }
      return term
    }
    return TermValue(rows, at: .adversarial)
  }
}

/// KL(p(x) ‖ p(x′)) · (1 − p_y(x)) of clean and perturbed images: the divergence of MART, which
/// counts the more, the less the clean image is classified correctly.
///
/// Source: as ``BoostedEntropy``, equation 10.
public struct MisclassificationDivergence: LossTerm {
  /// `misclassificationDivergence`.
  public static let kind = "misclassificationDivergence"

  /// Creates the term.
  public init() {}

  /// Both.
  public var passes: Set<ForwardPass> { [.clean, .adversarial] }

  /// It is about one right class.
  public var refusalOfMixedLabels: String? { BoostedEntropy().refusalOfMixedLabels }

  /// The product, both factors of which pull at the clean image.
  ///
  /// - Parameter inputs: logits of both passes, and labels.
  /// - Returns: a value an image of the batch.
  public func value(of inputs: LossInputs) -> TermValue {
    let pairs = zip(inputs.logits(.clean), inputs.logits(.adversarial))
    return TermValue(
      zip(pairs, inputs.labels).map { pair, label in
        var term = PairTerm.divergence(pair.0, pair.1)
        let clean = pair.0.probabilities()
        let error = 1 - clean[label]
        for position in clean.indices {
          let slope = clean[label] * (clean[position] - (position == label ? 1 : 0))
          term.first[position] = error * term.first[position] + term.value * slope
          term.second[position] *= error
        }
        term.value *= error
        return term
      })
  }
}

extension [Double] {
  /// The position of the largest element but one, the first of equals.
  fileprivate func largest(but excluded: Int) -> Int {
    var others = self
    others[excluded] = -.infinity
    return others.argmax
  }
}
