/// What a user wants otherwise about a run's course and its batches; nil is as published.
public struct CourseChanges: Sendable {
  /// What the learning rate's schedule looks like.
  public var schedule: LearningRateSchedule.Shape?
  /// The epochs from which on the learning rate is a tenth of what it was.
  public var drops: [Int]?
  /// The share of epochs in which one cycle rises.
  public var rise: Double?
  /// Which average of weights is kept.
  public var average: WeightAveraging.Kind?
  /// How much of the old average is kept.
  public var averageDecay: Double?
  /// The first epoch that is averaged; of an average over steps, the epochs before it begins.
  public var averageStart: Double?
  /// The parameter of CutMix; 0 for none.
  public var cutMix: Double?
  /// The share of every batch that is taken from extra images; only named, not changed.
  public var extraShare: Double?

  /// Changes nothing.
  public init() {}
}

extension RecipeChanges {
  func applyCourse(
    to published: inout PublishedRecipe, _ notes: inout [String]
  ) throws(TrainingError) {
    try applySchedule(to: &published.recipe, &notes)
    try applyAverage(to: &published, &notes)
    if let alpha = course.cutMix {
      try Setting.cutmix.check(alpha)
      let refusal = alpha > 0 ? published.recipe.loss.refusalOfMixedLabels : nil
      try check(
        refusal == nil, .cutmix, "\(published.recipe.name) \(refusal ?? ""); leave it out")
      let cutMix = alpha > 0 ? CutMix(alpha: alpha) : nil
      if cutMix != published.cutMix { notes.append("CutMix \(alpha)") }
      published.cutMix = cutMix
    }
    if let share = course.extraShare { notes.append("extra images \(share)") }
  }

  private func applySchedule(
    to recipe: inout Recipe, _ notes: inout [String]
  ) throws(TrainingError) {
    let before = recipe.learningRate
    if let shape = course.schedule {
      recipe.learningRate = before.shaped(shape, epochs: recipe.epochs)
      if recipe.learningRate != before { notes.append("schedule \(shape.rawValue)") }
    }
    if let drops = course.drops {
      guard case .steps(let initial, let factor, _, let forgets) = recipe.learningRate else {
        throw TrainingError(
          .drops,
          problem: "the learning rate does not drop at epochs; give `schedule steps` too")
      }
      try check(
        drops.allSatisfy { $0 > 1 } && zip(drops, drops.dropFirst()).allSatisfy(<), .drops,
        "the epochs are not ascending from 2 on")
      try check(
        drops.allSatisfy { $0 <= recipe.epochs }, .drops,
        "epoch \(drops.max() ?? 0) is beyond the last, \(recipe.epochs)")
      recipe.learningRate = .steps(
        initial: initial, factor: factor, epochs: drops, forgetsMomentum: forgets)
      notes.append("drops at \(drops.map(String.init).joined(separator: ", "))")
    }
    if let rise = course.rise {
      guard case .oneCycle(let largest, _, let start, let end) = recipe.learningRate else {
        throw TrainingError(
          .rise,
          problem: "the learning rate does not rise; give `schedule onecycle` too")
      }
      recipe.learningRate = .oneCycle(
        largest: largest, rise: rise, startDivisor: start, endDivisor: end)
      notes.append("rise \(rise)")
    }
    if case .oneCycle = recipe.learningRate {
      try check(
        momentum == nil, .momentum, "one cycle takes it from 0.95 to 0.85 and back; leave it out"
      )
    }
  }

  private func applyAverage(
    to published: inout PublishedRecipe, _ notes: inout [String]
  ) throws(TrainingError) {
    let before = published.averaging
    let kind = course.average ?? before.kind
    var averaging = before.kind == kind ? before : kind.usual(epochs: published.recipe.epochs)
    if let decay = course.averageDecay {
      averaging = averaging.keeping(decay)
    }
    if let start = course.averageStart {
      try Setting.averageStart.check(start)
      try check(
        kind != .epochs || (start >= 1 && start == start.rounded() && start < 1e9),
        .averageStart, "\(shown(start)) is not the number of an epoch")
      averaging = averaging.beginning(at: start)
    }
    if kind == .none {
      let setting = course.averageDecay != nil ? Setting.averageDecay : .averageStart
      try check(
        course.averageDecay == nil && course.averageStart == nil, setting,
        "no average is kept; give `average ema` or `average epochs` too")
    }
    published.averaging = averaging
    if averaging != before { notes.append("weights \(averaging.text)") }
  }
}
