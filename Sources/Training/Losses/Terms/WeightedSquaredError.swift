/// ¼ Σⱼₖ wⱼ wₖ (Δᵐⱼₖ − Δⁿⱼₖ)² of differences of logits: the first part of a decoupled divergence.
///
/// From clean images to perturbed ones, or from a teacher to a student on clean images.
/// Source: Cui et al., *Decoupled Kullback–Leibler divergence loss*, NeurIPS 2024.
public struct WeightedSquaredError: LossTerm {
  /// `weightedSquaredError`.
  public static let kind = "weightedSquaredError"

  /// Whose logits come first.
  public var source: DistributionSource
  /// What weighs the classes.
  public var weights: DecoupledDivergence.ClassWeights
  /// Which logits it pulls at.
  public var reach: DecoupledDivergence.Reach

  /// Creates a term.
  ///
  /// - Parameters:
  ///   - source: whose logits come first.
  ///   - weights: what weighs the classes.
  ///   - reach: which logits it pulls at; from a teacher, the student's at most.
  public init(
    from source: DistributionSource, weights: DecoupledDivergence.ClassWeights,
    reach: DecoupledDivergence.Reach
  ) {
    self.source = source
    self.weights = weights
    self.reach = reach
  }

  /// Both, or from a teacher the clean one.
  public var passes: Set<ForwardPass> {
    source == .teacher ? [.clean] : [.clean, .adversarial]
  }

  /// Where the first logits are a teacher's.
  public var needsTeacher: Bool { source == .teacher }

  /// Without a teacher, the temperature of the weights.
  public var settings: [(Setting, WritableKeyPath<Self, Double>)] {
    source == .teacher ? [] : [(.temperature, \.weights.temperature)]
  }

  /// The weights.
  public var classWeights: DecoupledDivergence.ClassWeights? { weights }

  /// Where class means are kept.
  public var refusalOfMixedLabels: String? {
    guard case .classMeans = weights else { return nil }
    return "keeps mean probabilities of every class, which mixed images have two of"
  }

  /// With other weights or another reach.
  ///
  /// - Parameter form: what is changed.
  /// - Returns: nil for other forms, and for the reach from a teacher.
  public func changed(_ form: LossForm) -> WeightedSquaredError? {
    var result = self
    switch (form, source) {
    case (.classMeans(let isMean), .clean):
      // At a temperature of 1 a sample's own weights are those of the plain divergence.
      result.weights = isMean ? .classMeans(temperature: 4) : .sample(temperature: 1)
    case (.classMeans(let isMean), .teacher):
      let temperature = weights.temperature
      result.weights =
        isMean ? .classMeans(temperature: temperature) : .sample(temperature: temperature)
    case (.bothLogits(let isBoth), .clean): result.reach = isBoth ? .both : .first
    case (.bothLogits, .teacher), (.preset, _), (.space, _): return nil
    }
    return result
  }

  /// The error.
  ///
  /// - Parameter inputs: both logits, labels, and last epoch's class means.
  /// - Returns: a value an image of the batch.
  public func value(of inputs: LossInputs) -> TermValue {
    let second = inputs.logits(source == .teacher ? .clean : .adversarial)
    let firsts = zip(source.logits(of: inputs), inputs.labels)
    let rows = zip(firsts, second).map { first, logits in
      PairTerm.squaredError(
        first.0, logits, weights: weights(of: first.0, first.1, inputs.classMeans), reach: reach)
    }
    return source == .teacher
      ? TermValue(rows.map { $0.ofSecond(times: 1) }, at: .clean) : TermValue(rows)
  }

  /// Adds up the first distributions, where their class means are the next weights.
  ///
  /// - Parameters:
  ///   - inputs: those of a step that was taken.
  ///   - means: of every class.
  public func remember(_ inputs: LossInputs, in means: inout ClassMeans) {
    guard case .classMeans(let temperature) = weights else { return }
    for (row, label) in zip(source.logits(of: inputs), inputs.labels) {
      means.add(row.probabilities(temperature: temperature), of: label)
    }
  }

  private func weights(of first: [Double], _ label: Int, _ means: ClassMeans?) -> [Double] {
    switch weights {
    case .sample(let temperature): first.probabilities(temperature: temperature)
    case .classMeans: means.map { Array($0.row(label)) } ?? []
    }
  }
}
