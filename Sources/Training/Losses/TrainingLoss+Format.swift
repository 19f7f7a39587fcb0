/// A loss in files: a list of terms, or, as before there were lists, the name of a method.
///
/// A loss that a name stands for keeps it, so that runs from before go on and their checkpoints
/// have the same bytes.
extension TrainingLoss: Codable {
  private enum Key: String, CodingKey { case terms }

  /// Reads a loss.
  ///
  /// - Parameter decoder: where from.
  /// - Throws: `DecodingError` when it is neither a list nor a name.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self =
      values.contains(.terms)
      ? TrainingLoss(try values.decode([WeightedTerm].self, forKey: .terms))
      : try NamedLoss(from: decoder).loss
  }

  /// Writes the loss.
  ///
  /// - Parameter encoder: where to.
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    if let named = NamedLoss(self) { return try named.encode(to: encoder) }
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(terms, forKey: .terms)
  }
}

/// The losses that have a name, and their numbers.
private enum NamedLoss: Codable {
  case natural(labelSmoothing: Double)
  case adversarial(labelSmoothing: Double)
  case trades(weight: Double, labelSmoothing: Double)
  case decoupled(DecoupledDivergence)
  case lowTemperature(temperature: Double, weight: Double)
  case distillation(labels: Double, weight: Double, temperature: Double)
  case decoupledDistillation(DecoupledDivergence, warmUpEpochs: Int)
  case boundaryDistillation(BoundaryDistillation)
  case localDistribution(NamedLocalDistribution)

  var loss: TrainingLoss {
    switch self {
    case .natural(let smoothing): .natural(labelSmoothing: smoothing)
    case .adversarial(let smoothing): .adversarial(labelSmoothing: smoothing)
    case .trades(let weight, let smoothing): .trades(weight: weight, labelSmoothing: smoothing)
    case .decoupled(let divergence): .decoupled(divergence)
    case .lowTemperature(let temperature, let weight):
      .lowTemperature(temperature: temperature, weight: weight)
    case .distillation(let labels, let weight, let temperature):
      .distillation(labels: labels, weight: weight, temperature: temperature)
    case .decoupledDistillation(let divergence, let epochs):
      .decoupledDistillation(divergence, warmUpEpochs: epochs)
    case .boundaryDistillation(let samples): .boundaryDistillation(samples)
    case .localDistribution(let named): named.loss
    }
  }

  /// The name of a loss; nil if it has none.
  init?(_ loss: TrainingLoss) {
    let smoothing = loss.first(LabelEntropy.self)?.smoothing ?? 0
    let divergence = loss.divergence
    let (temperature, weight) = (loss.first(SoftEntropy.self)?.temperature ?? 0, loss.weight("kl"))
    var candidates: [NamedLoss] = [
      .natural(labelSmoothing: smoothing), .adversarial(labelSmoothing: smoothing),
      .trades(weight: weight, labelSmoothing: smoothing),
      .lowTemperature(temperature: temperature, weight: weight),
      .distillation(
        labels: loss.weight("ce"), weight: loss.weight("kd"),
        temperature: loss.first(TeacherDivergence.self)?.temperature ?? 0),
    ]
    if let divergence { candidates.append(.decoupled(divergence)) }
    if let divergence, case .rising(let epochs) = loss.terms.last?.course {
      candidates.append(.decoupledDistillation(divergence, warmUpEpochs: epochs))
    }
    if let samples = loss.first(BoundaryDistillation.self) {
      candidates.append(.boundaryDistillation(samples))
    }
    if let particles = loss.first(LocalDistribution.self) {
      candidates.append(.localDistribution(NamedLocalDistribution(loss, particles)))
    }
    guard let name = candidates.first(where: { $0.loss == loss }) else { return nil }
    self = name
  }
}

/// A term's numbers and those of the distillation that it belongs to, side by side.
private struct NamedLocalDistribution: Codable {
  private enum Key: String, CodingKey { case labels, teacher, temperature, weight }

  let distillation: TrainingLoss
  let weight: Double
  let particles: LocalDistribution

  var loss: TrainingLoss {
    TrainingLoss(
      distillation.terms + [WeightedTerm("tald", particles, times: weight, as: .lambda)])
  }

  init(_ loss: TrainingLoss, _ particles: LocalDistribution) {
    distillation = .distillation(
      labels: loss.weight("ce"), weight: loss.weight("kd"),
      temperature: loss.first(TeacherDivergence.self)?.temperature ?? 0)
    weight = loss.weight("tald")
    self.particles = particles
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    distillation = .distillation(
      labels: try values.decode(Double.self, forKey: .labels),
      weight: try values.decode(Double.self, forKey: .teacher),
      temperature: try values.decode(Double.self, forKey: .temperature))
    weight = try values.decode(Double.self, forKey: .weight)
    particles = try LocalDistribution(from: decoder)
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(distillation.weight("ce"), forKey: .labels)
    try values.encode(distillation.weight("kd"), forKey: .teacher)
    try values.encode(
      distillation.first(TeacherDivergence.self)?.temperature ?? 0, forKey: .temperature)
    try values.encode(weight, forKey: .weight)
    try particles.encode(to: encoder)
  }
}

extension TrainingLoss {
  /// The first term of a kind.
  func first<Term: LossTerm>(_ kind: Term.Type) -> Term? {
    terms.lazy.compactMap { $0.term as? Term }.first
  }

  /// The factor of a name's first term; 0 if there is none.
  fileprivate func weight(_ name: String) -> Double {
    terms.first { $0.name == name }?.weight ?? 0
  }

  /// The decoupled divergence whose parts stand in the sum, if they do.
  fileprivate var divergence: DecoupledDivergence? {
    guard let square = first(WeightedSquaredError.self), let entropy = first(SoftEntropy.self)
    else { return nil }
    return DecoupledDivergence(
      squaredErrorWeight: weight("wmse"), crossEntropyWeight: weight("sce"),
      classWeights: square.weights, reach: square.reach, temperature: entropy.temperature)
  }
}
