internal import Attacks

/// Recipes in which a network learns from a larger one.
extension PublishedRecipe {
  /// All of them, as they are listed.
  static func distillations(classes: Int) -> [PublishedRecipe] {
    [
      .knowledgeDistillation, .decoupledDistillation, .boundaryDistillation,
      .localDistribution(classes: classes),
    ]
  }

  /// A teacher's probabilities at a temperature.
  static let knowledgeDistillation = PublishedRecipe(
    distillation("kd", .distillation(labels: 0.1, weight: 0.9, temperature: 4)),
    abstract: "cross-entropy and the divergence from a teacher",
    source: "Hinton et al. 2015, settings of Tian et al. 2020; --lr 0.01 for mobile networks")

  /// The improved decoupled divergence from a teacher.
  ///
  /// The factors are those of a ResNet32x4 that teaches a ResNet8x4; other pairs have others.
  static let decoupledDistillation = PublishedRecipe(
    distillation(
      "ikl-kd",
      .decoupledDistillation(
        DecoupledDivergence(
          squaredErrorWeight: 8, crossEntropyWeight: 1, classWeights: .sample(temperature: 100),
          reach: .second, temperature: 4),
        warmUpEpochs: 20)),
    abstract: "cross-entropy and the decoupled divergence from a teacher",
    source: "Cui et al. 2024, settings for CIFAR-100 of the published program")

  /// Images that were moved across the teacher's decision boundary.
  static let boundaryDistillation = PublishedRecipe(
    Recipe(
      name: "bss-kd", epochs: 80, batchSize: 256, optimizer: Optimizer(weightDecay: 1e-4),
      learningRate: .steps(initial: 0.1, factor: 0.1, epochs: [40, 60], forgetsMomentum: true),
      loss: .boundaryDistillation(BoundaryDistillation()), forwardOrder: [.clean, .adversarial]),
    abstract: "distillation with images at the teacher's decision boundary",
    source: "Heo et al. 2019, settings for CIFAR-10 of the published program")

  /// Particles of the teacher's adversarial distribution.
  static func localDistribution(classes: Int) -> PublishedRecipe {
    let space: InputSpace.Name =
      switch classes {
      case 100: .cifar100
      case 1000: .imagenet
      default: .cifar10
      }
    return PublishedRecipe(
      distillation("tald-kd", .localDistribution(LocalDistribution(space: space.space))),
      abstract: "distillation that compares losses around images",
      source: "Nguyen-Duc et al. 2023; --preset author-code does as the published program")
  }

  /// The divergence of TRADES taken apart, to be improved part by part.
  static let decoupled: PublishedRecipe = {
    var published = ikl(classes: 10)
    published.recipe.name = "dkl"
    published.recipe.loss = .decoupled(
      DecoupledDivergence(
        squaredErrorWeight: 6, crossEntropyWeight: 6,
        classWeights: DecoupledDivergence.kullbackLeibler.classWeights,
        reach: DecoupledDivergence.kullbackLeibler.reach))
    published.recipe.crafting?.objective = .divergence
    published.abstract = "TRADES with its divergence taken apart; --gi and --ba lead to IKL"
    published.source = "Cui et al. 2024, table 1; weights as in TRADES"
    return published
  }()

  /// What distillations on CIFAR-100 have in common.
  static func distillation(_ name: String, _ loss: TrainingLoss) -> Recipe {
    Recipe(
      name: name, epochs: 240, batchSize: 64, optimizer: Optimizer(weightDecay: 5e-4),
      learningRate: .steps(initial: 0.05, factor: 0.1, epochs: [151, 181, 211]), loss: loss,
      forwardOrder: loss.passes)
  }
}
