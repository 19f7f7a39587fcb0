extension RecipeChanges {
  func applyPerturbation(
    to recipe: inout Recipe, _ notes: inout [String]
  ) throws(TrainingError) {
    if let perturbationSize {
      try Setting.gamma.check(perturbationSize)
      let first = recipe.weightPerturbation?.firstEpoch ?? 1
      recipe.weightPerturbation =
        perturbationSize > 0 ? WeightPerturbation(size: perturbationSize, firstEpoch: first) : nil
      notes.append("γ \(perturbationSize)")
    }
    if let perturbationStart {
      try check(
        recipe.weightPerturbation != nil, .perturbationStart,
        "\(recipe.name) perturbs no weights; give `gamma` too")
      recipe.weightPerturbation?.firstEpoch = perturbationStart
      notes.append("weight perturbation from epoch \(perturbationStart)")
    }
  }

  func applyLoss(to recipe: inout Recipe, _ notes: inout [String]) throws(TrainingError) {
    let asked: [(Setting, Double?)] = [
      (.beta, divergenceWeight), (.squaredErrorWeight, squaredErrorWeight),
      (.crossEntropyWeight, crossEntropyWeight), (.temperature, temperature),
      (.lambda, robustnessWeight), (.labelSmoothing, labelSmoothing),
    ]
    for (setting, value) in asked {
      guard let value else { continue }
      guard let loss = recipe.loss.setting(setting, to: value) else {
        throw TrainingError(
          setting, problem: "the loss of \(recipe.name) has no such setting; leave it out")
      }
      recipe.loss = loss
      notes.append("\(setting.rawValue) \(value)")
    }
  }
}

extension TrainingLoss {
  /// The loss with another number; nil where it has none such.
  fileprivate func setting(_ setting: Setting, to value: Double) -> TrainingLoss? {
    switch (self, setting) {
    case (.natural, .labelSmoothing): .natural(labelSmoothing: value)
    case (.adversarial, .labelSmoothing): .adversarial(labelSmoothing: value)
    case (.trades(_, let smoothing), .beta): .trades(weight: value, labelSmoothing: smoothing)
    case (.trades(let weight, _), .labelSmoothing): .trades(weight: weight, labelSmoothing: value)
    case (.decoupled(let divergence), _):
      divergence.setting(setting, to: value).map { .decoupled($0) }
    case (.lowTemperature(_, let weight), .temperature):
      .lowTemperature(temperature: value, weight: weight)
    case (.lowTemperature(let temperature, _), .lambda):
      .lowTemperature(temperature: temperature, weight: value)
    case (.distillation(let labels, let weight, _), .temperature):
      .distillation(labels: labels, weight: weight, temperature: value)
    case (.decoupledDistillation(let divergence, let epochs), .temperature):
      .decoupledDistillation(divergence.cooled(to: value), warmUpEpochs: epochs)
    case (.decoupledDistillation(let divergence, let epochs), _):
      divergence.setting(setting, to: value).map {
        .decoupledDistillation($0, warmUpEpochs: epochs)
      }
    case (.boundaryDistillation(let distillation), .temperature):
      .boundaryDistillation(distillation.cooled(to: value))
    case (.localDistribution(let distribution), _):
      distribution.setting(setting, to: value).map { .localDistribution($0) }
    case (.natural, _), (.adversarial, _), (.trades, _), (.lowTemperature, _), (.distillation, _),
      (.boundaryDistillation, _):
      nil
    }
  }
}

extension BoundaryDistillation {
  fileprivate func cooled(to temperature: Double) -> BoundaryDistillation {
    var result = self
    result.temperature = temperature
    return result
  }
}

extension LocalDistribution {
  fileprivate func setting(_ setting: Setting, to value: Double) -> LocalDistribution? {
    var result = self
    switch setting {
    case .temperature: result.temperature = value
    case .lambda: result.weight = value
    default: return nil
    }
    return result
  }
}

extension DecoupledDivergence {
  /// With another temperature of both distributions; class weights keep theirs.
  fileprivate func cooled(to temperature: Double) -> DecoupledDivergence {
    var result = self
    result.temperature = temperature
    return result
  }

  fileprivate func setting(_ setting: Setting, to value: Double) -> DecoupledDivergence? {
    var result = self
    switch setting {
    case .squaredErrorWeight: result.squaredErrorWeight = value
    case .crossEntropyWeight: result.crossEntropyWeight = value
    case .temperature:
      switch classWeights {
      case .sample: result.classWeights = .sample(temperature: value)
      case .classMeans: result.classWeights = .classMeans(temperature: value)
      }
    default: return nil
    }
    return result
  }
}
