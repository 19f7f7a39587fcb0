import Foundation
import Graphs
import Tensors
import TestSupport
import Testing
import Training

extension GoldenRun {
  /// A registry network with the formula's weights.
  static func model(_ net: String, outputScale: Double) throws -> Model {
    let names = ["wrn_16_1": "wrn-16-1", "resnet8": "resnet8", "resnet20": "resnet20"]
    let name = try #require(names[net])
    let architecture = try #require(Architecture.named(name, classes: 10))
    var parameters = Formula.parameters(of: architecture, gain: 2)
    parameters["fc.weight"]?.withUnsafeMutableElements { elements in
      for position in elements.indices { elements[position] *= Float(outputScale) }
    }
    return Model(graph: architecture.graph, parameters: parameters)
  }

  func model() throws -> Model { try Self.model(net, outputScale: fc_scale) }

  var teacher: Model? {
    get throws { tau == nil ? nil : try Self.model("resnet20", outputScale: 1) }
  }

  var recipe: Recipe {
    get throws {
      guard let published else { return ownRecipe }
      var recipe = try PublishedRecipe.named(published, classes: 10).recipe
      recipe.optimizer = ownRecipe.optimizer
      recipe.batchSize = batch_size ?? 2
      return recipe
    }
  }

  private var ownRecipe: Recipe {
    Recipe(
      name: net, epochs: 2, batchSize: 2,
      optimizer: Optimizer(
        momentum: sgd?.momentum ?? momentum ?? 0,
        kind: sgd?.nesterov ?? nesterov ?? false ? .nesterov : .heavyBall,
        weightDecay: sgd?.weight_decay ?? weight_decay ?? 0,
        undecayed: no_weight_decay_if_name_contains.map { [$0] } ?? []),
      learningRate: .constant(0), loss: loss, crafting: crafting, forwardOrder: forwardOrder,
      weightPerturbation: awp_gamma.map {
        Training.WeightPerturbation(size: $0, firstEpoch: awp_from_epoch ?? 1)
      })
  }

  private var loss: TrainingLoss {
    if let tau { return .lowTemperature(temperature: tau, weight: beta ?? 0) }
    if let wmse_weight, let sce_weight, let T {
      return .decoupled(
        DecoupledDivergence(
          squaredErrorWeight: wmse_weight, crossEntropyWeight: sce_weight,
          classWeights: .classMeans(temperature: T)))
    }
    if let beta { return .trades(weight: beta, labelSmoothing: label_smoothing ?? 0) }
    return .natural(labelSmoothing: label_smoothing ?? 0)
  }

  private var crafting: Training.Crafting? {
    if loss.passes == [.clean] { return nil }
    let objective: Training.Crafting.Objective =
      if let crafting_weights {
        .decoupled(
          squaredErrorWeight: crafting_weights.wmse, crossEntropyWeight: crafting_weights.sce)
      } else {
        crafting_loss == "ce" ? .crossEntropy : .divergence
      }
    return Training.Crafting(
      objective: objective, steps: attack_steps ?? 0, relativeStep: relativeStep,
      mode: crafting_bn?.hasPrefix("train") == true ? .training : .evaluation)
  }

  /// Where epochs have radii of their own, the step is half of that.
  private var relativeStep: Double {
    guard let step, let eps else { return 0.5 }
    return step / eps
  }

  private var forwardOrder: [ForwardPass] {
    (forward_order ?? "x").split(separator: ",").map { $0 == "x" ? .clean : .adversarial }
  }

  /// All steps with what belongs to them.
  var schedule: [(number: Int, step: Step, settings: StepSettings)] {
    if let epochs_log {
      return epochs_log.flatMap { epoch in
        epoch.batches.map { (epoch, $0) }
      }.enumerated().map { number, batch in
        (
          number, batch.1,
          StepSettings(
            epoch: batch.0.epoch, learningRate: batch.0.lr, radius: batch.0.eps)
        )
      }
    }
    return (steps ?? []).enumerated().map { number, step in
      (
        number, step,
        StepSettings(epoch: 1, learningRate: sgd?.lr ?? lr ?? 0, radius: eps ?? 0)
      )
    }
  }

  func batch(_ step: Step) throws -> TrainingBatch {
    let first = try #require(step.images.first)
    let last = try #require(step.images.last)
    let shape = FeatureShape(channels: 3, height: 32, width: 32)
    return TrainingBatch(
      images: (first...last).map { Formula.image($0, shape: shape) },
      labels: (first...last).map { $0 % (label_mod ?? 10) }, indices: Array(first...last))
  }

  /// The images that a fixed run trains on, or from which crafting begins.
  func noisy(_ batch: TrainingBatch, step: Int, radius: Double) -> [Image] {
    zip(batch.images, batch.indices).map { image, index in
      var noisy = image
      for position in noisy.pixels.indices {
        let clean = Formula.value(tensor: 1000 + index, element: position) + 0.5
        let isFixed = start == "fixed"
        let draw = (noise_base ?? 0) + step + (isFixed ? 50 : 0)
        let u = Formula.value(tensor: 5000 + 100 * draw + index, element: position)
        noisy.pixels[position] =
          switch start {
          case "fixed": Float(min(max(clean + (u >= 0 ? radius : -radius), 0), 1))
          case "uniform": Float(min(max(clean + 2 * radius * u, 0), 1))
          case "wide": Float(min(max(clean + 4 * radius * u, 0), 1))
          default: Float(clean + (start_std ?? 0) * 12.squareRoot() * u)
          }
      }
      return noisy
    }
  }
}
