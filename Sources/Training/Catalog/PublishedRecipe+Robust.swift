/// Recipes that train robust networks.
extension PublishedRecipe {
  private static let usualRadius = 8.0 / 255

  /// All of them, as they are listed.
  static func robust(classes: Int, channels: Int) -> [PublishedRecipe] {
    [
      .adversarial, .fast, .noisyFast, .free, channels == 1 ? .tradesOnDigits : .trades,
      .tradesWithWeightPerturbation, .misclassificationAware, .ikl(classes: classes), .decoupled,
      .lowTemperature, .lowTemperatureWithWeightPerturbation,
    ]
  }

  /// Cross-entropy on perturbed images.
  static let adversarial = PublishedRecipe(
    Recipe(
      name: "pgd-at", epochs: 200, batchSize: 128, optimizer: Optimizer(weightDecay: 5e-4),
      learningRate: .piecewise(initial: 0.1), radius: .constant(usualRadius),
      loss: .adversarial(labelSmoothing: 0),
      crafting: Crafting(
        objective: .crossEntropy, steps: 10, relativeStep: 0.25, start: .uniform,
        mode: .trainingWithStatistics),
      forwardOrder: [.adversarial]),
    abstract: "cross-entropy on images perturbed by projected gradient descent",
    source: "Madry et al. 2018, settings of Wu et al. 2020 without weight perturbation")

  /// Cross-entropy on clean images and a divergence to perturbed ones.
  static let trades = PublishedRecipe(
    Recipe(
      name: "trades", epochs: 76, batchSize: 128, optimizer: Optimizer(weightDecay: 2e-4),
      learningRate: .steps(initial: 0.1, factor: 0.1, epochs: [75, 90, 100]),
      radius: .constant(0.031), loss: .trades(weight: 6, labelSmoothing: 0),
      crafting: Crafting(steps: 10, relativeStep: 0.007 / 0.031),
      forwardOrder: [.clean, .adversarial, .clean]),
    abstract: "cross-entropy on clean images and a divergence from them to perturbed ones",
    source: "Zhang et al. 2019")

  /// TRADES as published for MNIST, whose program lowers the learning rate but once.
  static let tradesOnDigits = PublishedRecipe(
    Recipe(
      name: "trades", epochs: 100, batchSize: 128, optimizer: Optimizer(weightDecay: 0),
      learningRate: .steps(initial: 0.01, factor: 0.1, epochs: [55]),
      radius: .constant(0.3), loss: .trades(weight: 1, labelSmoothing: 0),
      crafting: Crafting(steps: 40, relativeStep: 1.0 / 30),
      forwardOrder: [.clean, .adversarial, .clean]),
    abstract: trades.abstract, source: "Zhang et al. 2019, program for MNIST")

  /// TRADES at weights perturbed against it.
  static let tradesWithWeightPerturbation = PublishedRecipe(
    Recipe(
      name: "trades-awp", epochs: 200, batchSize: 128, optimizer: Optimizer(weightDecay: 5e-4),
      learningRate: .steps(initial: 0.1, factor: 0.1, epochs: [100, 150]),
      radius: .constant(usualRadius), loss: .trades(weight: 6, labelSmoothing: 0),
      crafting: Crafting(steps: 10, relativeStep: 0.25),
      forwardOrder: [.adversarial, .clean, .clean],
      weightPerturbation: WeightPerturbation(size: 0.005, firstEpoch: 10)),
    abstract: "TRADES with adversarial weight perturbation",
    source: "Wu et al. 2020")

  /// MART: misclassified images count more.
  static let misclassificationAware = PublishedRecipe(
    Recipe(
      name: "mart", epochs: 120, batchSize: 128, optimizer: Optimizer(weightDecay: 3.5e-3),
      learningRate: .steps(initial: 0.01, factor: 0.1, epochs: [75, 90, 100]),
      radius: .constant(0.031),
      loss: [
        WeightedTerm("bce", BoostedEntropy()),
        WeightedTerm("kl", MisclassificationDivergence(), times: 5, as: .lambda),
      ],
      crafting: Crafting(objective: .crossEntropy, steps: 10, relativeStep: 0.007 / 0.031),
      forwardOrder: [.clean, .adversarial]),
    abstract: "boosted cross-entropy on perturbed images, misclassified ones counting more",
    source: "Wang et al. 2020, the program's settings for ResNet-18; --lambda 6 for wide networks")

  /// The improved decoupled divergence in place of TRADES' one.
  static func ikl(classes: Int) -> PublishedRecipe {
    PublishedRecipe(
      Recipe(
        name: "ikl-at", epochs: 200, batchSize: 128, optimizer: Optimizer(weightDecay: 5e-4),
        learningRate: .cosine(initial: 0.2, period: 201, shift: 0),
        radius: .linear(full: usualRadius, epochs: 200),
        loss: .decoupled(DecoupledDivergence(squaredErrorWeight: 20, crossEntropyWeight: 4)),
        crafting: Crafting(
          // With ten classes the published program crafts by the cross-entropy alone.
          objective: .decoupled(
            squaredErrorWeight: classes > 10 ? 1 : 0, crossEntropyWeight: 1),
          steps: 5, relativeStep: 0.5),
        forwardOrder: [.adversarial, .clean],
        weightPerturbation: WeightPerturbation(size: 0.005, firstEpoch: 10)),
      averaging: .epochs(decay: 0.9, first: 1),
      abstract: "the improved decoupled divergence with weight perturbation and averaging",
      source: "Cui et al. 2024, settings of the published program")
  }

  /// TRADES with a natural teacher's probabilities for labels.
  static let lowTemperature = PublishedRecipe(
    Recipe(
      name: "ltd", epochs: 120, batchSize: 128,
      optimizer: Optimizer(kind: .nesterov, weightDecay: 5e-4),
      learningRate: .steps(initial: 0.1, factor: 0.1, epochs: [81, 101]),
      radius: .constant(usualRadius), loss: .lowTemperature(temperature: 5, weight: 6),
      crafting: Crafting(objective: .crossEntropy, steps: 8, relativeStep: 0.25),
      forwardOrder: [.adversarial, .clean, .clean]),
    abstract: "TRADES with a natural teacher's probabilities at a low temperature for labels",
    source: "Chen & Lee 2021")

  /// The same at weights perturbed against it.
  static let lowTemperatureWithWeightPerturbation: PublishedRecipe = {
    var published = lowTemperature
    published.recipe.name = "ltd-awp"
    published.recipe.weightPerturbation = WeightPerturbation(size: 0.005, firstEpoch: 10)
    published.abstract = "low-temperature distillation with adversarial weight perturbation"
    return published
  }()
}
