import Files
import Foundation
import Tensors
import Testing

@testable import Training

@Suite struct CutMixTests {
  /// Images of their index, so that a pixel says where it comes from.
  private func batch(_ count: Int, _ shape: FeatureShape) -> TrainingBatch {
    TrainingBatch(
      images: (0..<count).map { Image(shape: shape, repeating: Float($0)) },
      labels: (0..<count).map { 10 + $0 }, indices: Array(0..<count))
  }

  @Test(arguments: [0.2, 0.5, 1, 2, 8])
  func sharesHaveTheMomentsOfTheBetaDistribution(alpha: Double) {
    var random = RandomStream(seed: 5)
    let count = 20_000
    let shares = (0..<count).map { _ in random.beta(alpha) }
    #expect(shares.allSatisfy { (0...1).contains($0) })
    let variance = 1 / (4 * (2 * alpha + 1))
    // Four standard errors each; the fourth moment follows from the kurtosis 3 − 6 / (2α + 3).
    let mean = shares.reduce(0, +) / Double(count)
    #expect(abs(mean - 0.5) < 4 * (variance / Double(count)).squareRoot())
    let found = shares.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / Double(count)
    let spread = variance * (2 - 6 / (2 * alpha + 3)).squareRoot()
    #expect(abs(found - variance) < 4 * spread / Double(count).squareRoot())
  }

  @Test func sharesWithParameterOneAreUniform() {
    var random = RandomStream(seed: 6)
    let count = 20_000
    let shares = (0..<count).map { _ in random.beta(1) }
    for bound in [0.1, 0.25, 0.5, 0.9] {
      let below = Double(shares.count { $0 < bound }) / Double(count)
      #expect(abs(below - bound) < 4 * (bound * (1 - bound) / Double(count)).squareRoot())
    }
  }

  @Test(arguments: [(3, 8, 8), (1, 7, 5)])
  func aLabelsShareIsItsShareOfThePixels(channels: Int, height: Int, width: Int) throws {
    let shape = FeatureShape(channels: channels, height: height, width: width)
    let root = RandomStream(seed: 1)
    var mixtures = 0
    for step in 0..<40 {
      let mixed = CutMix(alpha: 1).applied(to: batch(6, shape), random: root.forked(step))
      #expect(mixed.indices == Array(0..<6))
      #expect(mixed.labels == (0..<6).map { 10 + $0 })
      var partners: [Int] = []
      for (position, image) in mixed.images.enumerated() {
        guard let second = mixed.secondLabels[position] else { continue }
        let partner = second.label - 10
        partners.append(partner)
        let foreign = image.pixels.count { $0 == Float(partner) && partner != position }
        #expect(image.pixels.allSatisfy { $0 == Float(partner) || $0 == Float(position) })
        if partner == position { continue }
        mixtures += 1
        #expect(second.share == Double(foreign / channels) / Double(height * width))
        #expect(foreign % channels == 0)
      }
      #expect(partners.isEmpty || partners.sorted() == Array(0..<6))
    }
    #expect(mixtures > 100)
  }

  static let losses: [TrainingLoss] = [
    .natural(labelSmoothing: 0.1), .adversarial(labelSmoothing: 0),
    .trades(weight: 6, labelSmoothing: 0.1),
    .decoupled(.kullbackLeibler), .distillation(labels: 0.3, weight: 0.7, temperature: 4),
  ]

  /// Against the losses of both labels, which are tested on their own.
  @Test(arguments: losses) func theLossIsLinearInShares(loss: TrainingLoss) {
    let (first, second) = ([0, 1], [2, 0])
    func value(_ labels: [Int], _ seconds: [SecondLabel?]) -> BatchLoss {
      let logits = [ForwardPass.clean: LossTests.first, .adversarial: LossTests.second]
      return BatchLoss(
        loss,
        of: LossInputs(
          logits: logits.filter { loss.passes.contains($0.key) },
          teacher: loss.needsTeacher ? LossTests.second : [], labels: labels,
          secondLabels: seconds, epoch: 1, epochs: 2))
    }
    let one = value(first, [])
    let other = value(second, [])
    #expect(abs(one.total - other.total) > 0.01)
    for share in [0, 0.25, 0.5, 1] {
      let mixed = value(first, second.map { SecondLabel($0, share: share) })
      #expect(abs(mixed.total - (1 - share) * one.total - share * other.total) < 1e-12)
      for pass in loss.passes {
        let rows = [mixed, one, other].map { $0.gradients[pass]?.joined().map { $0 } ?? [] }
        #expect(rows.allSatisfy { $0.count == 6 })
        for column in rows[0].indices {
          let expected = (1 - share) * rows[1][column] + share * rows[2][column]
          #expect(abs(rows[0][column] - expected) < 1e-12)
        }
      }
    }
  }

  @Test func craftingByCrossEntropyKnowsBothLabels() {
    let logits: [Float] = [0.5, -1, 2]
    func objective(_ second: SecondLabel?, label: Int) -> (value: Float, cotangent: [Float]) {
      CraftingObjective(.crossEntropy, clean: [], weights: [], second: second)
        .evaluate(logits, label: label)
    }
    let mixed = objective(SecondLabel(2, share: 0.25), label: 0)
    let expected = 0.75 * objective(nil, label: 0).value + 0.25 * objective(nil, label: 2).value
    #expect(abs(mixed.value - expected) < 1e-6)
  }

  @Test(arguments: ["natural", "pgd-at"], [1, 6])
  func aRunWithMixedImagesThatIsStoppedGoesOnToTheSameBits(
    name: String, steps: Int
  ) async throws {
    var recipe = try PublishedRecipe.named(name, classes: 10).recipe
    if recipe.crafting != nil { recipe.crafting?.steps = 2 }
    let run = try TinyRun(recipe)
    run.cutMix = CutMix(alpha: 1)
    let whole = try await run.train(in: "whole")
    _ = await #expect(throws: TrainingError.self) {
      try await run.train(in: "parts", stoppingAfter: steps)
    }
    let parts = try await run.train(in: "parts")
    #expect(try run.bytes(whole.finalPath) == run.bytes(parts.finalPath))
    let settings = try run.settings()
    run.cutMix = nil
    #expect(
      try run.settings().difference(from: settings) == "cutMix.alpha is 1 there and absent here")
  }

  @Test func classMeansRefuseMixedImages() throws {
    var changes = RecipeChanges()
    changes.course.cutMix = 1
    let ikl = try PublishedRecipe.named("ikl-at", classes: 10)
    let error = #expect(throws: TrainingError.self) { try changes.applied(to: ikl, budget: .full) }
    #expect(error?.place == "cutmix")
    #expect(error?.exitCode == 64)
    #expect(
      TrainingLoss.boundaryDistillation(BoundaryDistillation()).refusalOfMixedLabels != nil)
    let trades = try PublishedRecipe.named("trades", classes: 10)
    let (changed, title) = try changes.applied(to: trades, budget: .full)
    #expect(changed.cutMix == CutMix(alpha: 1))
    #expect(title == "trades (CutMix 1.0)")
  }
}
