/// A loss over a batch with its gradients.
struct BatchLoss {
  private(set) var total = 0.0
  /// Means over the batch, unweighted, by name.
  private(set) var parts: [String: Double] = [:]
  /// The total's gradients with respect to each pass's logits, a row an image.
  private(set) var gradients: [ForwardPass: [[Double]]]
  /// The total's gradients with respect to what each term read inside the networks.
  private(set) var features: [FeatureGradients] = []

  /// A term with its share of the total.
  private struct Summand {
    let name: String
    /// The factor of one image's value.
    let factor: Double
    /// The factor in the mean.
    let share: Double
    let value: TermValue
    /// Whether its values are of the batch's images, and not of others.
    let isOfBatch: Bool
  }

  /// Computes a loss in double precision.
  init(_ loss: TrainingLoss, of inputs: LossInputs) {
    gradients = inputs.logits.mapValues { rows in
      rows.map { [Double](repeating: 0, count: $0.count) }
    }
    let summands = loss.terms.enumerated().map { position, weighted in
      var inputs = inputs
      if !inputs.featuresOfTerms.isEmpty { inputs.features = inputs.featuresOfTerms[position] }
      let value = weighted.term.value(of: inputs)
      let share = 1 / Double(value.values.count)
      return Summand(
        name: weighted.name,
        factor: weighted.factor(inEpoch: inputs.epoch, of: inputs.epochs) * share, share: share,
        value: value,
        isOfBatch: !(weighted.term is any ImageMakingTerm)
          && value.values.count == inputs.labels.count)
    }
    // Image by image, then what is of other images: a fixed order, for equal bits.
    for row in inputs.labels.indices {
      total += summands.reduce(0) { $1.isOfBatch ? $0 + $1.factor * $1.value.values[row] : $0 }
    }
    for summand in summands where !summand.isOfBatch {
      for value in summand.value.values { total += summand.factor * value }
    }
    for summand in summands { add(summand) }
  }

  private mutating func add(_ summand: Summand) {
    for value in summand.value.values { parts[summand.name, default: 0] += summand.share * value }
    for (pass, rows) in summand.value.gradients {
      for (row, gradient) in rows.enumerated() {
        gradients[pass]?[row].add(gradient, times: summand.factor)
      }
    }
    var own = summand.value.features
    let factor = summand.factor / summand.share
    own.student.scale(by: factor)
    own.teacher.scale(by: factor)
    for name in own.tensors.keys { own.tensors[name]?.scale(by: factor) }
    features.append(own)
  }
}

extension [Double] {
  fileprivate mutating func scale(by factor: Double) {
    for place in indices { self[place] *= factor }
  }
}

extension [[Double]] {
  fileprivate mutating func scale(by factor: Double) {
    for number in indices { self[number].scale(by: factor) }
  }
}
