internal import Execution
internal import Tensors

extension Learner {
  /// The perturbed images of a step; none where the loss needs none.
  func perturbedImages(
    of batch: TrainingBatch, _ settings: StepSettings, _ source: Perturbed
  ) async throws -> [Image] {
    guard recipe.loss.passes.contains(.adversarial), let crafting = recipe.crafting else {
      return []
    }
    var starts: [Image]?
    var random = RandomStream(seed: 0)
    switch source {
    case .given(let images): return images
    case .craftedFrom(let images): starts = images
    case .crafted(let stream): random = stream
    }
    let run = CraftingRun(
      crafting: crafting, radius: settings.radius, batch: batch, starts: starts,
      divergence: recipe.loss.divergence, classMeans: state.classMeans, random: random)
    switch crafting.mode {
    case .evaluation:
      try refreshFrozen()
      return try await frozen.each(batch.count) { try await run.image($0, asking: $1) }
    case .training: return try await craft(run, movingStatistics: false)
    case .trainingWithStatistics: return try await craft(run, movingStatistics: true)
    }
  }

  private func craft(
    _ run: CraftingRun, movingStatistics: Bool
  ) async throws -> [Image] {
    let count = run.batch.count
    let whole = try wholeBatch(of: count)
    await whole.begin(state.parameters, movesStatistics: movingStatistics)
    let images = try await withThrowingTaskGroup(of: (Int, Image).self) { group in
      for position in 0..<count {
        group.addTask {
          (position, try await run.image(position, asking: Seat(batch: whole, number: position)))
        }
      }
      var images = [Image?](repeating: nil, count: count)
      for try await (position, image) in group { images[position] = image }
      return images.compactMap { $0 }
    }
    let parameters = await whole.end()
    if movingStatistics {
      state.parameters = parameters
      frozenIsCurrent = false
    }
    return images
  }
}
