internal import Attacks

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
      (.particles, particles.map { Double($0) }), (.particleRadius, particleRadius),
    ]
    for (setting, value) in asked {
      guard let value else { continue }
      try setting.check(value)
      guard let loss = recipe.loss.setting(setting, to: value) else {
        throw TrainingError(
          setting, problem: "the loss of \(recipe.name) has no such setting; leave it out")
      }
      recipe.loss = loss
      notes.append("\(setting.rawValue) \(value)")
    }
  }

  /// Changes of the loss that are no numbers.
  func applyForm(to recipe: inout Recipe, _ notes: inout [String]) throws(TrainingError) {
    if let usesClassMeans {
      try change(
        &recipe, .classMeans(usesClassMeans), usesClassMeans ? .classMeans : .noClassMeans)
      notes.append(usesClassMeans ? "class means" : "no class means")
    }
    if let pullsAtBoth {
      try change(&recipe, .bothLogits(pullsAtBoth), pullsAtBoth ? .bothLogits : .oneSided)
      notes.append(pullsAtBoth ? "both logits" : "one-sided")
    }
    if let preset {
      try change(&recipe, .preset(preset), .preset)
      if preset != .paper { notes.append("preset \(preset.rawValue)") }
      recipe.forwardOrder = recipe.loss.passes
    }
    if let space {
      try change(&recipe, .space(space.space), .space)
      notes.append("space \(space.rawValue)")
    }
  }

  private func change(
    _ recipe: inout Recipe, _ form: LossForm, _ setting: Setting
  ) throws(TrainingError) {
    guard let loss = recipe.loss.changed(form) else {
      throw TrainingError(
        setting, problem: "the loss of \(recipe.name) has no such form; leave it out")
    }
    recipe.loss = loss
  }
}
