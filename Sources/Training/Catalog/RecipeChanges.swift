public import Attacks
public import Tensors

/// What a user wants otherwise than published; nil is as published.
public struct RecipeChanges: Sendable {
  /// How many times every image is seen.
  public var epochs: Int?
  /// How many images a step takes.
  public var batchSize: Int?
  /// How many steps in turn take the same batch.
  public var replays: Int?
  /// The largest learning rate.
  public var learningRate: Double?
  /// How much of the running sum of gradients is kept.
  public var momentum: Double?
  /// The factor of a parameter that is added to its gradient.
  public var weightDecay: Double?
  /// The radius of perturbations.
  public var radius: Double?
  /// The number of inner steps.
  public var steps: Int?
  /// The length of an inner step in parts of the radius.
  public var relativeStep: Double?
  /// The norm of perturbations.
  public var norm: Norm?
  /// The factor of TRADES' divergence.
  public var divergenceWeight: Double?
  /// The factor of the weighted mean squared error.
  public var squaredErrorWeight: Double?
  /// The factor of the cross-entropy with soft labels.
  public var crossEntropyWeight: Double?
  /// The temperature of the teacher, or of class means.
  public var temperature: Double?
  /// The factor λ of a recipe that calls it so: a divergence's, or a regularisation's.
  public var robustnessWeight: Double?
  /// How far weights are moved, in parts of their norm; 0 for not at all.
  public var perturbationSize: Double?
  /// The first epoch in which they are.
  public var perturbationStart: Int?
  /// How much of a label's probability goes to all classes alike.
  public var labelSmoothing: Double?
  /// Whether class means weigh the squared error of a decoupled divergence.
  public var usesClassMeans: Bool?
  /// Whether that error pulls at both images' logits.
  public var pullsAtBoth: Bool?
  /// As whom a recipe makes particles.
  public var preset: Preset?
  /// Where lengths of images that a teacher makes are measured.
  public var space: InputSpace.Name?
  /// The number of particles of an image.
  public var particles: Int?
  /// The radius of the ball around an image in which particles are.
  public var particleRadius: Double?
  /// What is done to images.
  public var augmentation: Augmentation?
  /// The course of the run and its batches.
  public var course = CourseChanges()

  /// As whom a recipe makes particles.
  public enum Preset: String, Hashable, Sendable, CaseIterable {
    /// As the paper says.
    case paper
    /// As the authors' program does.
    case authorCode = "author-code"
  }

  /// Changes nothing.
  public init() {}

  /// A recipe with the changes made.
  ///
  /// - Parameters:
  ///   - published: what is changed.
  ///   - budget: what it is reduced to first.
  /// - Returns: the changed recipe, and a title that says in what it departs from the published one.
  /// - Throws: ``TrainingError`` when the recipe has no such setting, or it makes no sense.
  public func applied(
    to published: PublishedRecipe, budget: Budget
  ) throws(TrainingError) -> (PublishedRecipe, title: String) {
    if let epochs { try Setting.epochs.check(Double(epochs)) }
    // Both at once: schedules that are stretched twice would be rounded twice.
    var result = budget.applied(to: published, epochs: epochs)
    var notes = budget.note.map { [$0] } ?? []
    if let epochs, epochs != budget.epochs(of: published) { notes.append("\(epochs) epochs") }
    try applyCourse(to: &result, &notes)
    try applyOptimization(to: &result.recipe, &notes)
    try applyCrafting(to: &result.recipe, &notes)
    try applyForm(to: &result.recipe, &notes)
    try applyLoss(to: &result.recipe, &notes)
    try applyPerturbation(to: &result.recipe, &notes)
    if let augmentation, augmentation != published.augmentation {
      result.augmentation = augmentation
      notes.append("augmentation \(augmentation.rawValue)")
    }
    try result.check()
    let name = published.recipe.name
    return (result, notes.isEmpty ? name : "\(name) (\(notes.joined(separator: ", ")))")
  }

  func check(
    _ holds: Bool, _ setting: Setting, _ problem: @autoclosure () -> String
  ) throws(TrainingError) {
    if !holds { throw TrainingError(setting, problem: problem()) }
  }

  private func applyOptimization(
    to recipe: inout Recipe, _ notes: inout [String]
  ) throws(TrainingError) {
    if let batchSize {
      recipe.batchSize = batchSize
      for place in (recipe.preparations ?? []).indices {
        recipe.preparations?[place].batchSize = batchSize
      }
      notes.append("batch \(batchSize)")
    }
    if let replays {
      try check(
        recipe.replays != nil, .replays, "\(recipe.name) takes every batch once; leave it out")
      recipe.replays = replays
      notes.append("\(replays) replays")
    }
    if let learningRate {
      // Preparations with the same rate follow.
      for (place, preparation) in (recipe.preparations ?? []).enumerated()
      where preparation.learningRate.largest == recipe.learningRate.largest {
        recipe.preparations?[place].learningRate = .constant(learningRate)
      }
      recipe.learningRate = recipe.learningRate.starting(at: learningRate)
      notes.append("lr \(learningRate)")
    }
    if let momentum {
      recipe.optimizer.momentum = momentum
      notes.append("momentum \(momentum)")
    }
    if let weightDecay {
      recipe.optimizer.weightDecay = weightDecay
      notes.append("weight decay \(weightDecay)")
    }
  }

  private func applyCrafting(
    to recipe: inout Recipe, _ notes: inout [String]
  ) throws(TrainingError) {
    let asked: [(Setting, Bool)] = [
      (.eps, radius != nil), (.steps, steps != nil), (.stepSize, relativeStep != nil),
      (.norm, norm != nil),
    ]
    if recipe.crafting == nil, let (setting, _) = asked.first(where: \.1) {
      throw TrainingError(setting, problem: "\(recipe.name) perturbs no images; leave it out")
    }
    if let radius {
      recipe.radius = recipe.radius.reaching(radius)
      notes.append("ε \(radius)")
    }
    if let steps {
      recipe.crafting?.steps = steps
      notes.append("\(steps) inner steps")
    }
    if let relativeStep {
      recipe.crafting?.relativeStep = relativeStep
      notes.append("step \(relativeStep) ε")
    }
    if let norm {
      recipe.crafting?.norm = norm
      notes.append("norm \(norm.rawValue)")
    }
  }
}
