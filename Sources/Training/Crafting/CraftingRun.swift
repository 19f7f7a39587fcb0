internal import Attacks
internal import Execution
internal import Tensors

/// How the perturbed images of one step are made; the same for every image.
struct CraftingRun: Sendable {
  let crafting: Crafting
  let radius: Double
  let batch: TrainingBatch
  /// The first images, where they are given and not drawn.
  let starts: [Image]?
  let classWeights: DecoupledDivergence.ClassWeights?
  let classMeans: ClassMeans?
  let random: RandomStream

  /// Perturbs one image of the batch.
  ///
  /// Asks for logits once, if the objective compares with the clean image, then for a gradient a
  /// step.
  func image(_ position: Int, asking oracle: some Oracle) async throws -> Image {
    let example = Example(
      index: batch.indices[position], image: batch.images[position],
      label: batch.labels[position])
    let set = allowed(of: example.image.shape)
    let start = starts?[position] ?? first(example, within: set)
    let clean =
      CraftingObjective.needsClean(crafting.objective)
      ? try await oracle.logits(at: example.image) : []
    let objective = CraftingObjective(
      crafting.objective, clean: clean, weights: weights(clean, label: example.label),
      second: batch.secondLabels[position])
    let ascent = FixedAscent(
      steps: crafting.steps, length: Float(radius * crafting.relativeStep))
    return try await ascent.ascend(
      objective, from: start, for: example, within: set, asking: oracle)
  }

  /// The images that a step may end at.
  private func allowed(of shape: FeatureShape) -> any PerturbationSet {
    guard case .wide = crafting.start else { return crafting.norm.ball(radius: Float(radius)) }
    // So large that every norm's ball holds all images with pixels in [0, 1].
    return crafting.norm.ball(radius: Float(shape.count))
  }

  private func first(_ example: Example, within set: any PerturbationSet) -> Image {
    var random = random.forked(example.index)
    switch crafting.start {
    case .clean: return example.image
    case .normal(let deviation):
      let factor = Float(deviation)
      return example.image + random.image(shape: example.image.shape) { factor * $0.normal() }
    case .uniform:
      let noise = set.displacement(of: example.image.shape, using: &random)
      return set.project(example.image + noise, around: example.image)
    case .carried: preconditionFailure("a carried perturbation needs no run")
    case .wide(let radii):
      let noise = crafting.norm.ball(radius: Float(radii * radius))
        .displacement(of: example.image.shape, using: &random)
      return (example.image + noise).clippedToBox()
    }
  }

  private func weights(_ clean: [Float], label: Int) -> [Double] {
    switch classWeights {
    case .sample(let temperature):
      clean.map { Double($0) }.probabilities(temperature: temperature)
    case .classMeans, nil: classMeans.map { Array($0.row(label)) } ?? []
    }
  }
}
