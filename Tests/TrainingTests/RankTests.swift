import Attacks
import Execution
import Graphs
import OneDNNBackend
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite("A step that several processes take together")
struct RankTests {
  /// A recipe whose steps all losses can take, with its teacher's part.
  struct Division: Sendable, CustomTestStringConvertible {
    var name: String
    var loss: TrainingLoss
    var mode = Crafting.Mode.evaluation
    var start = Crafting.Start.normal(deviation: 0.001)
    var displacement: WeightPerturbation?

    var testDescription: String { name }

    var recipe: Recipe {
      Recipe(
        name: "test", epochs: 2, batchSize: 6, optimizer: Optimizer(weightDecay: 5e-4),
        learningRate: .constant(0.01), radius: .constant(0.03), loss: loss,
        crafting: Crafting(steps: 1, start: start, mode: mode),
        forwardOrder: loss.passes, weightPerturbation: displacement)
    }
  }

  static let divisions: [Division] = [
    Division(
      name: "TRADES with weight perturbation", loss: .trades(weight: 6, labelSmoothing: 0),
      displacement: WeightPerturbation(size: 0.005, firstEpoch: 1)),
    Division(
      name: "IKL",
      loss: .decoupled(DecoupledDivergence(squaredErrorWeight: 20, crossEntropyWeight: 4))),
    Division(name: "LTD", loss: .lowTemperature(temperature: 5, weight: 6)),
    Division(
      name: "crafting in training mode", loss: .adversarial(labelSmoothing: 0),
      mode: .trainingWithStatistics),
    Division(
      name: "carried perturbations", loss: .adversarial(labelSmoothing: 0), start: .carried),
    Division(name: "natural", loss: .natural(labelSmoothing: 0.1)),
  ]

  static let shape = FeatureShape(channels: 3, height: 16, width: 16)

  /// The states of all ranks after some steps.
  private func states(
    _ division: Division, ranks count: Int, joined: Bool, steps: Int = 2
  ) async throws -> [TrainingState] {
    let architecture = try #require(
      Architecture.named("resnet8", classes: 4, input: Self.shape))
    let model = InitialWeights.model(of: architecture, random: RandomStream(seed: 5))
    let teacher = InitialWeights.model(of: architecture, random: RandomStream(seed: 6))
    let recipe = division.recipe
    return try await withThrowingTaskGroup(of: (Int, TrainingState).self) { group in
      for ranks in ThreadRanks.of(count) {
        group.addTask {
          var machine = Machine(
            backend: joined ? OneDNNBackend(statisticsOver: ranks) : OneDNNBackend(), threads: 1,
            useThreads: { OneDNNBackend.useThreads($0) })
          machine.ranks = ranks
          let learner = try Learner(
            model: model, recipe: recipe, teacher: recipe.loss.needsTeacher ? teacher : nil,
            on: machine)
          for step in 0..<steps {
            _ = try await learner.step(
              Self.batch(from: 6 * step),
              StepSettings(epoch: 1, learningRate: 0.01, radius: 0.03),
              random: RandomStream(seed: 3).forked(step))
          }
          return (ranks.number, await learner.state)
        }
      }
      var states: [Int: TrainingState] = [:]
      for try await (number, state) in group { states[number] = state }
      return (0..<count).compactMap { states[$0] }
    }
  }

  private static func batch(from first: Int) -> TrainingBatch {
    let indices = Array(first..<first + 6)
    return TrainingBatch(
      images: indices.map { Formula.image($0, shape: shape) }, labels: indices.map { $0 % 4 },
      indices: indices)
  }

  @Test("Ranks that join their statistics step as one process does", arguments: divisions)
  func joinedRanksEqualOne(_ division: Division) async throws {
    let alone = try #require(
      try await states(division, ranks: 1, joined: false, steps: 1).first)
    for count in [2, 3] {
      let all = try await states(division, ranks: count, joined: true, steps: 1)
      let state = try #require(all.first)
      for (name, tensor) in alone.parameters {
        let other = try #require(state.parameters[name])
        let scale = max(tensor.elements.map(abs).max() ?? 0, 1e-3)
        let distance = zip(tensor.elements, other.elements).map { abs($0 - $1) }.max() ?? 0
        #expect(distance <= 2e-5 * scale, "\(name) on \(count) ranks")
      }
    }
  }

  @Test("All ranks have the same bits, and a repetition has them again", arguments: divisions)
  func ranksHaveTheSameBits(_ division: Division) async throws {
    let first = try await states(division, ranks: 3, joined: false)
    let again = try await states(division, ranks: 3, joined: false)
    let reference = try #require(first.first)
    for state in first + again {
      #expect(state.parameters == reference.parameters)
      #expect(state.momentum == reference.momentum)
      #expect(state.classMeans == reference.classMeans)
      #expect(state.perturbation == reference.perturbation)
    }
  }

  @Test("Every rank has its share, and together they have all")
  func sharesCoverTheBatch() {
    for (count, rows) in [(1, 7), (2, 7), (3, 7), (4, 4), (5, 128)] {
      let shares = ThreadRanks.of(count).map { $0.share(of: rows) }
      #expect(shares.flatMap { Array($0) } == Array(0..<rows))
      #expect(shares.allSatisfy { (rows / count...rows / count + 1).contains($0.count) })
    }
  }

  @Test("Gradients are handed over once each, as they are returned")
  func gradientsAreHandedOver() throws {
    let architecture = try #require(
      Architecture.named("resnet8", classes: 4, input: Self.shape))
    let model = InitialWeights.model(of: architecture, random: RandomStream(seed: 5))
    let plan = try OneDNNBackend().trainingPlan(
      for: model, batch: 2, statistics: .batch, computing: .parameters)
    let images = [Formula.image(0, shape: Self.shape), Formula.image(1, shape: Self.shape)]
    for _ in 0..<2 {
      var logits = [Float](repeating: 0, count: 8)
      var view = logits.mutableSpan
      let pixels = images.flatMap(\.pixels)
      try plan.forward(pixels.span, parameters: model.parameters, logits: &view)
      var handed: [String: Tensor] = [:]
      var order: [String] = []
      let cotangent = (0..<8).map { Float($0) - 3.5 }
      let gradients = try plan.backward(cotangent.span) { name, tensor in
        handed[name] = tensor
        order.append(name)
      }
      #expect(handed == gradients.parameters)
      #expect(Set(order) == Set(model.graph.trainableNames))
      #expect(order.count == handed.count)
      // Backward means that the last layer's come first.
      #expect(order.first?.hasPrefix("linear") == true || order.first?.hasPrefix("fc") == true)
    }
  }
}
