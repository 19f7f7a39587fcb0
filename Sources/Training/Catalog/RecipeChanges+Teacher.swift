internal import Attacks

extension RecipeChanges {
  /// Changes of the divergence's form, and of how a teacher makes images.
  func applyForm(to recipe: inout Recipe, _ notes: inout [String]) throws(TrainingError) {
    if let usesClassMeans {
      try change(&recipe, usesClassMeans ? .classMeans : .noClassMeans) {
        $0.weighing(byClassMeans: usesClassMeans)
      }
      notes.append(usesClassMeans ? "class means" : "no class means")
    }
    if let pullsAtBoth {
      try change(&recipe, pullsAtBoth ? .bothLogits : .oneSided) { $0.pulling(atBoth: pullsAtBoth) }
      notes.append(pullsAtBoth ? "both logits" : "one-sided")
    }
    if let preset {
      try change(&recipe, .preset) { $0.madeAs(preset) }
      if preset != .paper { notes.append("preset \(preset.rawValue)") }
      recipe.forwardOrder = recipe.loss.passes
    }
    if let space {
      try change(&recipe, .space) { $0.measuring(in: space.space) }
      notes.append("space \(space.rawValue)")
    }
  }

  private func change(
    _ recipe: inout Recipe, _ setting: Setting, _ change: (TrainingLoss) -> TrainingLoss?
  ) throws(TrainingError) {
    guard let loss = change(recipe.loss) else {
      throw TrainingError(
        setting, problem: "the loss of \(recipe.name) has no such form; leave it out")
    }
    recipe.loss = loss
  }
}

extension TrainingLoss {
  /// The loss whose squared error is weighed by class means, or sample by sample.
  fileprivate func weighing(byClassMeans: Bool) -> TrainingLoss? {
    guard var divergence else { return nil }
    switch self {
    case .decoupled:
      // At a temperature of 1 a sample's own weights are those of the plain divergence.
      divergence.classWeights =
        byClassMeans ? .classMeans(temperature: 4) : .sample(temperature: 1)
      return .decoupled(divergence)
    case .decoupledDistillation(_, let epochs):
      switch divergence.classWeights {
      case .sample(let temperature), .classMeans(let temperature):
        divergence.classWeights =
          byClassMeans
          ? .classMeans(temperature: temperature) : .sample(temperature: temperature)
      }
      return .decoupledDistillation(divergence, warmUpEpochs: epochs)
    case .natural, .adversarial, .trades, .lowTemperature, .distillation, .boundaryDistillation,
      .localDistribution:
      return nil
    }
  }

  /// The loss whose squared error pulls at both images' logits, or at the clean ones only.
  fileprivate func pulling(atBoth: Bool) -> TrainingLoss? {
    guard case .decoupled(var divergence) = self else { return nil }
    divergence.reach = atBoth ? .both : .first
    return .decoupled(divergence)
  }

  fileprivate func madeAs(_ preset: RecipeChanges.Preset) -> TrainingLoss? {
    guard case .localDistribution(var distribution) = self else { return nil }
    if preset == .authorCode {
      distribution.particles = .authorCode
      distribution.batches = .joint
    }
    return .localDistribution(distribution)
  }

  fileprivate func measuring(in space: InputSpace) -> TrainingLoss? {
    switch self {
    case .boundaryDistillation(var boundary):
      boundary.space = space
      return .boundaryDistillation(boundary)
    case .localDistribution(var distribution):
      distribution.space = space
      return .localDistribution(distribution)
    case .natural, .adversarial, .trades, .decoupled, .lowTemperature, .distillation,
      .decoupledDistillation:
      return nil
    }
  }

  /// Where lengths of the teacher's images are measured, if it makes any.
  var space: InputSpace? {
    switch self {
    case .boundaryDistillation(let boundary): boundary.space
    case .localDistribution(let distribution): distribution.space
    case .natural, .adversarial, .trades, .decoupled, .lowTemperature, .distillation,
      .decoupledDistillation:
      nil
    }
  }

  /// The loss of a run of another length.
  func lasting(_ epochs: Int, insteadOf published: Int) -> TrainingLoss {
    guard case .decoupledDistillation(let divergence, let warmUp) = self else { return self }
    let scaled = (Double(warmUp) / Double(published) * Double(epochs)).rounded()
    return .decoupledDistillation(divergence, warmUpEpochs: max(Int(scaled), 1))
  }

  /// The loss whose particles take at most so many steps.
  func taking(atMost largest: Int) -> TrainingLoss {
    guard case .localDistribution(var distribution) = self,
      case .paper(let steps, let length, let spread, let bandwidth) = distribution.particles
    else { return self }
    distribution.particles = .paper(
      steps: min(steps, largest), length: length, spread: spread, bandwidth: bandwidth)
    return .localDistribution(distribution)
  }
}
