/// Recipes without perturbed images.
extension PublishedRecipe {
  /// Cross-entropy on clean images, as teachers are trained.
  static let natural = PublishedRecipe(
    Recipe(
      name: "natural", epochs: 120, batchSize: 128,
      optimizer: Optimizer(kind: .nesterov, weightDecay: 5e-4),
      learningRate: .steps(initial: 0.1, factor: 0.1, epochs: [81, 101]),
      loss: .natural(labelSmoothing: 0)),
    abstract: "cross-entropy on clean images",
    source: "the teachers of Chen & Lee 2021")
}
