/// Recipes that craft with one gradient, or with the one that trains the network.
///
/// Crafting is in training mode: batch normalisations use the batch's statistics there and move the
/// running ones.
extension PublishedRecipe {
  private static let usualRadius = 8.0 / 255

  /// Cross-entropy on images perturbed by one long step from a random start.
  static let fast = PublishedRecipe(
    recipe("fast-at", epochs: 15, largestRate: 0.2, relativeStep: 1.25, start: .uniform),
    abstract: "cross-entropy on images perturbed by one step from a random start",
    source: "Wong et al. 2020")

  /// Cross-entropy on images perturbed by one step from wide noise, which is never cut back.
  static let noisyFast = PublishedRecipe(
    recipe("n-fgsm", epochs: 30, largestRate: 0.2, relativeStep: 1, start: .wide(radii: 2)),
    abstract: "cross-entropy on images perturbed by one step from noise of twice the radius",
    source: "de Jorge et al. 2022")

  /// Cross-entropy on images whose perturbations move along the gradient that trains the network.
  static let free: PublishedRecipe = {
    var free = recipe("free-at", epochs: 11, largestRate: 0.04, relativeStep: 1, start: .carried)
    free.replays = 8
    return PublishedRecipe(
      free, abstract: "every batch eight times, perturbations moving with the network",
      source: "Shafahi et al. 2019, settings of Wong et al. 2020")
  }()

  /// What all of them share.
  private static func recipe(
    _ name: String, epochs: Int, largestRate: Double, relativeStep: Double, start: Crafting.Start
  ) -> Recipe {
    Recipe(
      name: name, epochs: epochs, batchSize: 128, optimizer: Optimizer(weightDecay: 5e-4),
      learningRate: .triangle(largest: largestRate), radius: .constant(usualRadius),
      loss: .adversarial(labelSmoothing: 0),
      crafting: Crafting(
        objective: .crossEntropy, steps: 1, relativeStep: relativeStep, start: start,
        mode: .trainingWithStatistics),
      forwardOrder: [.adversarial])
  }
}
