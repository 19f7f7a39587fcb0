import OneDNNBackend
import Tensors
import TestSupport
import Testing

@testable import Training

/// TRADES' inner maximisation in the Euclidean norm against PyTorch in double precision.
struct EuclideanCraftingTests {
  private struct Crafting: Decodable {
    var x_adv: Checksum
    var delta: Checksum
    var delta_l2_per_image: [Double]
    var probe_index: [Int]
    var probe_value: [Double]
    var crafting_loss_per_image_at_x_adv: [Double]
  }

  private struct Run: Decodable {
    var fc_scale: Double
    var images: [Int]
    var eps: Double
    var attack_steps: Int
    var crafting: Crafting
  }

  private struct File: Decodable { var l2_crafting_only: Run }

  @Test func itEndsWherePyTorchDoes() async throws {
    let run = try GoldenRun.fixture("02_trades", as: File.self).l2_crafting_only
    let model = try GoldenRun.model("resnet8", outputScale: run.fc_scale)
    let learner = try Learner(
      model: model,
      recipe: Recipe(
        name: "L2", epochs: 1, batchSize: 4, optimizer: Optimizer(weightDecay: 0),
        learningRate: .constant(0.1), radius: .constant(run.eps),
        loss: .trades(weight: 6, labelSmoothing: 0),
        crafting: Training.Crafting(
          steps: run.attack_steps, relativeStep: 2 / Double(run.attack_steps), norm: .l2),
        forwardOrder: [.clean, .adversarial]),
      on: Machine(backend: OneDNNBackend(), threads: 2) { OneDNNBackend.useThreads($0) })
    let batch = LearnerTests.batch(run.images.count)
    let starts = batch.images.enumerated().map { number, image in
      var start = image
      for position in start.pixels.indices {
        let noise = Formula.value(tensor: 5000 + number, element: position)
        start.pixels[position] += Float(0.02 * 12.squareRoot() * noise)
      }
      return start
    }
    let perturbed = try await learner.perturbedImages(
      of: batch, StepSettings(epoch: 1, learningRate: 0.1, radius: run.eps), .craftedFrom(starts))

    var outcome = GoldenOutcome(name: "L2")
    let deltas = zip(perturbed, batch.images).map { $0 - $1 }
    for (row, length) in run.crafting.delta_l2_per_image.enumerated() {
      outcome.compare("length \(row)", deltas[row].norm(.l2), length, relative: 1e-5)
    }
    outcome.compare(
      "displacement", deltas.flatMap(\.pixels), run.crafting.delta, norm: 1e-4, first: 1e-3,
      sum: 1e-3)
    let pixels = perturbed.flatMap(\.pixels)
    for (position, value) in zip(run.crafting.probe_index, run.crafting.probe_value) {
      outcome.compare("pixel \(position)", Double(pixels[position]), value, tolerance: 1e-5)
    }
    let (clean, moved) = try await (
      learner.logits(of: batch.images), learner.logits(of: perturbed)
    )
    for (row, expected) in run.crafting.crafting_loss_per_image_at_x_adv.enumerated() {
      let divergence = PairTerm.divergence(
        clean[row].map { Double($0) }, moved[row].map { Double($0) })
      outcome.compare("divergence \(row)", divergence.value, expected, relative: 5e-3)
    }
    let wrong = outcome.comparisons.filter { !$0.isNear }
    #expect(wrong.isEmpty)
    #expect(outcome.comparisons.count == 26)
  }
}
