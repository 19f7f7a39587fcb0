internal import Attacks
internal import Graphs
internal import Tensors

extension Recipe {
  /// Refuses numbers that no training can follow, whatever the network and the data.
  ///
  /// - Throws: ``TrainingError`` of the setting that is at fault.
  public func check() throws(TrainingError) {
    try Setting.epochs.check(Double(epochs))
    try Setting.batch.check(Double(batchSize))
    try Setting.momentum.check(optimizer.momentum)
    try Setting.weightDecay.check(optimizer.weightDecay)
    if let replays { try Setting.replays.check(Double(replays)) }
    try checkLearningRate()
    for (setting, number) in loss.numbers { try setting.check(number) }
    guard loss.terms.count(where: { $0.term is any ImageMakingTerm }) <= 1 else {
      throw TrainingError(
        place: "recipe \(name)",
        problem: "two terms have the teacher make images, and there is one pass for them; leave "
          + "one out")
    }
    for preparation in preparations ?? [] { try preparation.check() }
    if let crafting { try check(crafting) }
    guard let weightPerturbation else { return }
    try Setting.gamma.check(weightPerturbation.size)
    try Setting.perturbationStart.check(Double(weightPerturbation.firstEpoch))
    guard weightPerturbation.firstEpoch <= epochs else {
      throw TrainingError(
        .perturbationStart,
        problem: "epoch \(weightPerturbation.firstEpoch) is beyond the last, \(epochs), and no "
          + "weight would be perturbed; give an earlier one or `gamma 0`")
    }
  }

  /// Refuses batches that the images cannot fill.
  ///
  /// - Parameters:
  ///   - images: how many are trained on.
  ///   - heldOut: how many are kept from that.
  /// - Throws: ``TrainingError`` of the size of batches.
  public func check(images: Int, heldOut: Int) throws(TrainingError) {
    guard batchSize > images else { return }
    let rest = heldOut > 0 ? " that are left of \(images + heldOut) with \(heldOut) held out" : ""
    throw TrainingError(
      .batch,
      problem: "\(batchSize) is more than the \(images) training images\(rest); give `batch "
        + "\(images)` or less" + (heldOut > 0 ? ", or a smaller `held-out`" : ""))
  }

  private func checkLearningRate() throws(TrainingError) {
    try Setting.lr.check(learningRate.largest)
    switch learningRate {
    case .constant, .piecewise, .triangle: break
    // Those of a short run may coincide.
    case .steps(_, _, let drops, _):
      guard drops.allSatisfy({ $0 > 0 }), zip(drops, drops.dropFirst()).allSatisfy(<=) else {
        throw TrainingError(.drops, problem: "the epochs are not ascending")
      }
    case .cosine(_, _, _, let warmUp):
      guard warmUp < epochs else {
        throw TrainingError(
          .epochs, problem: "the learning rate rises for \(warmUp) of \(epochs); give more")
      }
    case .oneCycle(_, let rise, _, _): try Setting.rise.check(rise)
    }
  }

  private func check(_ crafting: Crafting) throws(TrainingError) {
    try Setting.eps.check(radius.full)
    do throws(RadiusError) {
      try Radius(radius.full).check(in: crafting.norm)
    } catch {
      throw TrainingError(.eps, problem: error.description)
    }
    try Setting.steps.check(Double(crafting.steps))
    guard crafting.start != .carried || crafting.steps == 1 else {
      throw TrainingError(
        .steps,
        problem: "\(name) moves perturbations once a step; leave it out, or give `replays`")
    }
    let step = crafting.relativeStep
    try Setting.stepSize.check(step)
    // Nearly always a length in pixel units: 0.007, or 2/255.
    guard step >= 0.02 || step * Double(crafting.steps) >= 0.5 else {
      throw TrainingError(
        .stepSize,
        problem: "\(crafting.steps) steps of \(shown(step)) radii hardly move; the length is in "
          + "parts of the radius: if you mean pixel units, divide by \(shown(radius.full))")
    }
  }
}

extension Recipe {
  /// Refuses recipes that cannot be followed with a network and a teacher.
  func check(model: Model, teacher: Model?) throws {
    let passes = loss.passes
    for pass in passes where !forwardOrder.contains(pass) {
      throw TrainingError(
        place: "recipe \(name), forward order",
        problem: "the \(pass.rawValue) pass is missing, which the loss needs; add it")
    }
    for pass in forwardOrder where !passes.contains(pass) {
      throw TrainingError(
        place: "recipe \(name), forward order",
        problem: "the loss has no \(pass.rawValue) pass; leave it out")
    }
    if loss.asksTeacherForImages {
      if weightPerturbation != nil {
        throw TrainingError(
          .gamma, problem: "\(name) makes images with the unperturbed student; leave it out")
      }
    } else if passes.contains(.adversarial) && crafting == nil {
      throw TrainingError(
        place: "recipe \(name)", problem: "the loss needs perturbed images; say how to craft them")
    }
    if let space = loss.space, !space.mean.isEmpty,
      space.mean.count != model.graph.input.channels
    {
      throw TrainingError(
        .space, kind: .data,
        problem: "\(name) is for images of \(space.mean.count) channels and these have "
          + "\(model.graph.input.channels); give `space pixel`")
    }
    guard needsTeacher else { return }
    guard let teacher else {
      throw TrainingError(
        .teacher,
        problem: "is missing; \(name) learns from a network, which `robtrain natural` "
          + "trains")
    }
    let (own, others) = (try model.classes(), try teacher.classes())
    if own != others || model.graph.input != teacher.graph.input {
      throw TrainingError(
        .teacher, kind: .data,
        problem: "it takes \(teacher.graph.input) to \(others) classes; the network takes "
          + "\(model.graph.input) to \(own); name another one")
    }
  }
}

extension PublishedRecipe {
  /// Refuses numbers that no training can follow, whatever the network and the data.
  ///
  /// - Throws: ``TrainingError`` of the setting that is at fault.
  public func check() throws(TrainingError) {
    try recipe.check()
    if let cutMix { try Setting.cutmix.check(cutMix.alpha) }
    let start: Double
    switch averaging {
    case .none: return
    case .epochs(let decay, let first):
      try Setting.averageDecay.check(decay)
      guard first >= 1 else {
        throw TrainingError(.averageStart, problem: "\(first) is not the number of an epoch")
      }
      start = Double(first - 1)
    case .steps(let decay, let warmUp):
      try Setting.averageDecay.check(decay)
      try Setting.averageStart.check(warmUp)
      start = warmUp
    }
    guard start < Double(recipe.epochs) else {
      throw TrainingError(
        .averageStart,
        problem: "the average would begin after the last epoch, \(recipe.epochs); give less, or "
          + "`average none`")
    }
  }
}
