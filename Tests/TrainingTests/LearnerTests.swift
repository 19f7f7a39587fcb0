import Attacks
import Execution
import Graphs
import OneDNNBackend
import Tensors
import TestSupport
import Testing

@testable import Training

/// A learner's promises that do not depend on particular numbers.
struct LearnerTests {
  static func recipe(
    _ mode: Crafting.Mode, _ loss: TrainingLoss = .trades(weight: 6, labelSmoothing: 0)
  ) -> Recipe {
    Recipe(
      name: "test", epochs: 2, batchSize: 4, optimizer: Optimizer(weightDecay: 5e-4),
      learningRate: .constant(0.05), radius: .constant(0.03), loss: loss,
      crafting: Crafting(steps: 3, mode: mode), forwardOrder: loss.passes,
      weightPerturbation: WeightPerturbation(size: 0.005, firstEpoch: 1))
  }

  static func batch(_ count: Int, from first: Int = 0) -> TrainingBatch {
    let shape = FeatureShape(channels: 3, height: 32, width: 32)
    let indices = Array(first..<first + count)
    return TrainingBatch(
      images: indices.map { Formula.image($0, shape: shape) }, labels: indices.map { $0 % 10 },
      indices: indices)
  }

  static func learner(_ recipe: Recipe, _ model: Model? = nil) throws -> Learner {
    try Learner(
      model: model ?? GoldenRun.model("resnet8", outputScale: 1), recipe: recipe,
      on: Machine(backend: OneDNNBackend(), threads: 2) { OneDNNBackend.useThreads($0) })
  }

  static let settings = StepSettings(epoch: 1, learningRate: 0.05, radius: 0.03)

  /// Steps of two sizes, as at the end of an epoch.
  private func train(_ learner: Learner, from first: Int = 0) async throws -> TrainingState {
    let random = RandomStream(seed: 3)
    for step in first..<3 {
      _ = try await learner.step(
        Self.batch(step == 1 ? 3 : 4, from: 4 * step), Self.settings, random: random.forked(step))
    }
    return await learner.state
  }

  @Test(arguments: [Crafting.Mode.evaluation, .training, .trainingWithStatistics])
  func theSameSeedGivesTheSameBits(_ mode: Crafting.Mode) async throws {
    let one = try await train(Self.learner(Self.recipe(mode)))
    let other = try await train(Self.learner(Self.recipe(mode)))
    #expect(one.parameters == other.parameters)
    #expect(one.momentum == other.momentum)
    #expect(one.step == 3)
    #expect(one.parameters != (try GoldenRun.model("resnet8", outputScale: 1)).parameters)
  }

  static let distillations: [TrainingLoss] = [
    .boundaryDistillation(BoundaryDistillation(samples: 2)),
    .localDistribution(LocalDistribution(count: 2)),
    .localDistribution(
      LocalDistribution(
        count: 2, particles: .authorCode, space: InputSpace.Name.cifar10.space, batches: .joint)),
  ]

  /// As a run forks its stream, before images and particles do.
  @Test(arguments: distillations)
  func imagesThatATeacherMakesDependOnTheSeedOnly(_ loss: TrainingLoss) async throws {
    func parameters(_ seed: UInt64) async throws -> [String: Tensor] {
      let model = try GoldenRun.model("resnet8", outputScale: 1)
      let recipe = Recipe(
        name: "distillation", epochs: 2, batchSize: 4, optimizer: Optimizer(weightDecay: 0),
        learningRate: .constant(0.05), loss: loss, forwardOrder: loss.passes)
      let learner = try Learner(
        model: model, recipe: recipe, teacher: model,
        on: Machine(backend: OneDNNBackend(), threads: 2) { OneDNNBackend.useThreads($0) })
      // The labels that the teacher gives, so that there are images to be moved.
      var batch = Self.batch(4)
      batch.labels = try await learner.logits(of: batch.images).map { logits in
        logits.map { Double($0) }.argmax
      }
      let random = RandomStream(seed: seed).forked("crafting").forked(0)
      _ = try await learner.step(batch, Self.settings, random: random)
      return await learner.state.parameters
    }
    let one = try await parameters(3)
    #expect(try await parameters(3) == one)
    if loss.first(LocalDistribution.self) != nil { #expect(try await parameters(4) != one) }
  }

  @Test func aRestoredRunGoesOnWithTheSameBits() async throws {
    let recipe = Self.recipe(
      .evaluation,
      .decoupled(DecoupledDivergence(squaredErrorWeight: 20, crossEntropyWeight: 4)))
    let whole = try await train(Self.learner(recipe))
    let first = try Self.learner(recipe)
    _ = try await first.step(
      Self.batch(4), Self.settings, random: RandomStream(seed: 3).forked(0))
    let second = try Self.learner(recipe)
    try await second.restore(first.state)
    let continued = try await train(second, from: 1)
    #expect(continued.parameters == whole.parameters)
    #expect(continued.classMeans == whole.classMeans)
    #expect(continued.step == 3)
  }

  @Test func perturbedImagesStayInTheBall() async throws {
    let batch = Self.batch(4)
    let perturbed = try await Self.learner(Self.recipe(.evaluation)).perturbedImages(
      of: batch, Self.settings, .crafted(RandomStream(seed: 1)))
    #expect(perturbed.count == 4)
    for (image, clean) in zip(perturbed, batch.images) {
      #expect((image - clean).norm(.linf) <= 0.03 + 1e-6)
      #expect((image - clean).norm(.linf) > 0.02)
      #expect(image.pixels.allSatisfy { $0 >= 0 && $0 <= 1 })
    }
  }

  /// From noise of two radii a step of one radius: three at most, and most pixels beyond one.
  @Test func stepsFromAWideStartAreCutByTheBoxAlone() async throws {
    let recipe = try PublishedRecipe.named("n-fgsm", classes: 10).recipe
    let batch = Self.batch(4)
    let perturbed = try await Self.learner(recipe).perturbedImages(
      of: batch, Self.settings, .crafted(RandomStream(seed: 1)))
    var beyond = 0
    for (image, clean) in zip(perturbed, batch.images) {
      let displacement = image - clean
      #expect(displacement.norm(.linf) <= 3 * 0.03 + 1e-6)
      #expect(displacement.norm(.linf) > 2.9 * 0.03)
      #expect(image.pixels.allSatisfy { $0 >= 0 && $0 <= 1 })
      beyond += displacement.pixels.count { abs($0) > 0.03 + 1e-6 }
    }
    // |u + 1| > 1 for u uniform in [−2, 2): half of them, but for those that the box stops.
    let share = Double(beyond) / Double(4 * 3072)
    #expect(share > 0.45 && share < 0.51, "\(share)")
  }

  @Test(arguments: ["fast-at", "n-fgsm"])
  func aStepWithOneGradientMovesRunningStatisticsTwice(_ name: String) async throws {
    let recipe = try PublishedRecipe.named(name, classes: 10).recipe
    let batch = Self.batch(4)
    let learner = try Self.learner(recipe)
    let before = await learner.state.parameters
    let perturbed = try await learner.perturbedImages(
      of: batch, Self.settings, .crafted(RandomStream(seed: 1)))
    let crafted = await learner.state.parameters
    _ = try await learner.step(batch, Self.settings, perturbed: .given(perturbed))
    let after = await learner.state.parameters
    #expect(crafted["bn1.running_mean"] != before["bn1.running_mean"])
    #expect(after["bn1.running_mean"] != crafted["bn1.running_mean"])
    #expect(crafted["conv1.weight"] == before["conv1.weight"])
  }

  @Test func crossEntropyCraftingRaisesTheLoss() async throws {
    var recipe = Self.recipe(.evaluation, .adversarial(labelSmoothing: 0))
    recipe.crafting?.objective = .crossEntropy
    let learner = try Self.learner(recipe)
    let batch = Self.batch(4)
    let perturbed = try await learner.perturbedImages(
      of: batch, Self.settings, .crafted(RandomStream(seed: 1)))
    func entropy(_ images: [Image]) async throws -> Double {
      zip(try await learner.logits(of: images), batch.labels).reduce(0) {
        $0 + SingleTerm.crossEntropy($1.0.map { Double($0) }, label: $1.1).value
      }
    }
    #expect(try await entropy(perturbed) > entropy(batch.images) + 0.1)
  }

  @Test func weightsThatAreNotFiniteStopTheRun() async throws {
    var model = try GoldenRun.model("resnet8", outputScale: 1)
    model.parameters["fc.bias"] = Tensor(shape: [10], repeating: .infinity)
    let learner = try Self.learner(
      Recipe(
        name: "plain", epochs: 1, batchSize: 4, optimizer: Optimizer(weightDecay: 0),
        learningRate: .constant(0.1), loss: .natural(labelSmoothing: 0)), model)
    let error = await #expect(throws: TrainingError.self) {
      try await learner.step(Self.batch(4), Self.settings, random: RandomStream(seed: 0))
    }
    #expect(error?.description.hasPrefix("step 1") == true)
    #expect(await learner.state.step == 0)
  }

  /// A parameter is infinite; activations before any other; or only the logits.
  @Test(arguments: [
    ("layer2.0.conv1.weight", Float.infinity, "layer2.0.conv1.weight being no longer"),
    ("conv1.weight", 3e38, "the batch's statistics for bn1.running_mean being no longer"),
    ("fc.weight", 3e38, "all parameters and batch statistics being finite"),
  ])
  func aLossThatIsNotFiniteNamesItsOrigin(
    name: String, value: Float, expected: String
  ) async throws {
    var model = try GoldenRun.model("resnet8", outputScale: 1)
    let tensor = try #require(model.parameters[name])
    model.parameters[name] = Tensor(shape: tensor.shape, repeating: value)
    // Behind the place that is named.
    if value == .infinity { model.parameters["fc.bias"] = Tensor(shape: [10], repeating: .nan) }
    let learner = try Self.learner(
      Recipe(
        name: "plain", epochs: 1, batchSize: 4, optimizer: Optimizer(weightDecay: 0),
        learningRate: .constant(0.1), loss: .natural(labelSmoothing: 0)), model)
    let error = await #expect(throws: TrainingError.self) {
      try await learner.step(Self.batch(4), Self.settings, random: RandomStream(seed: 0))
    }
    #expect(error?.problem.contains(expected) == true, "\(error?.description ?? "")")
  }

  @Test func aLossThatLearnsFromATeacherNeedsOne() {
    var recipe = Self.recipe(.evaluation, .lowTemperature(temperature: 5, weight: 6))
    #expect(throws: TrainingError.self) { try Self.learner(recipe) }
    recipe = Self.recipe(.evaluation)
    recipe.forwardOrder = [.clean]
    #expect(throws: TrainingError.self) { try Self.learner(recipe) }
    recipe.forwardOrder = [.clean, .adversarial]
    recipe.crafting = nil
    #expect(throws: TrainingError.self) { try Self.learner(recipe) }
  }
}
