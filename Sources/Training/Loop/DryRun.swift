internal import Files
internal import Foundation
public import Graphs
internal import Tensors

/// What a run would be, what it would cost and how much memory it needs, from one measured step.
public struct DryRun: Sendable {
  /// The recipe, the cost and the memory, a line each.
  public let text: String

  /// Measures a run.
  ///
  /// - Parameters:
  ///   - settings: what decides the run.
  ///   - set: the images.
  ///   - model: the network with its first weights.
  ///   - learner: takes the step; of no use afterwards.
  /// - Throws: ``TrainingError`` or `BackendError` when the step fails.
  public init(
    _ settings: TrainingSettings, on set: TrainingSet, model: Model, learner: Learner
  ) async throws {
    let recipe = settings.recipe
    let random = RandomStream(seed: settings.seed)
    let batches = BatchSource(
      set, batchSize: recipe.batchSize, augmentation: settings.augmentation,
      cutMix: settings.cutMix, replays: recipe.replays ?? 1,
      rotations: recipe.rotations, random: random)
    let batch = batches.batch(step: 0, epoch: 1, order: batches.order(ofEpoch: 1))
    var seconds = Double.infinity
    // The first step also prepares; the best of two comes nearest to a run's.
    for number in 0..<2 {
      let start = ContinuousClock.now
      _ = try await learner.step(
        batch,
        StepSettings(epoch: recipe.epochs, learningRate: 1e-6, radius: recipe.radius.full),
        random: random.forked("crafting").forked(number))
      seconds = min(seconds, (ContinuousClock.now - start) / .seconds(1))
    }
    let steps = batches.stepsPerEpoch
    let activations = try model.shapes().reduce(0) { $0 + $1.count } * batch.images.count
    let weights = model.parameters.values.reduce(0) { $0 + $1.count }
    let passes = Double(recipe.loss.passes.count)
    let megabytes = 4 * (Double(activations) * 2 * passes + Double(weights) * 8) / 1e6
    let total = seconds * Double(steps * recipe.allEpochs)
    text = """
      \(settings.title) on \(settings.architecture), \
      \(counted(set.positions.count, "image")) of \(settings.dataset), \(set.heldOut.count) held out
      \(counted(recipe.allEpochs, "epoch")) of \(counted(steps, "step")) of \
      \(counted(recipe.batchSize, "image"))
      cost: \(String(format: "%.2f", seconds)) s a step, \
      \(String(format: "%.1f", seconds * Double(steps) / 60)) min an epoch, \
      \(String(format: "%.1f", total / 3600)) h in all, held-out tests not included
      memory: about \(Int(megabytes)) MB besides the images
      \(TrainingSettings.json(recipe))
      """
  }
}
