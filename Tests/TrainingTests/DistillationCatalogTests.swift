import Attacks
import Testing

@testable import Training

/// Distillation recipes and their changes against the papers' settings.
struct DistillationCatalogTests {
  private func recipe(
    _ name: String, classes: Int = 100, budget: Budget = .full,
    _ change: (inout RecipeChanges) -> Void = { _ in }
  ) throws -> (Recipe, title: String) {
    var changes = RecipeChanges()
    change(&changes)
    let published = try PublishedRecipe.named(name, classes: classes)
    let (changed, title) = try changes.applied(to: published, budget: budget)
    return (changed.recipe, title)
  }

  @Test(arguments: ["kd", "ikl-kd", "tald-kd"])
  func distillationsOnCIFAR100ShareASchedule(_ name: String) throws {
    let recipe = try recipe(name).0
    #expect(recipe.epochs == 240)
    #expect(recipe.batchSize == 64)
    #expect(recipe.optimizer == Optimizer(momentum: 0.9, weightDecay: 5e-4))
    for (epoch, rate) in [(150, 0.05), (151, 5e-3), (181, 5e-4), (211, 5e-5), (240, 5e-5)] {
      let position = SchedulePosition(epoch: epoch, stepsPerEpoch: 1, of: 240)
      #expect(abs(recipe.learningRate.rate(at: position) / rate - 1) < 1e-12)
    }
  }

  @Test func boundaryDistillationBeginsAnewTwice() throws {
    let recipe = try recipe("bss-kd", classes: 10).0
    #expect(recipe.batchSize == 256)
    let begun = (1...recipe.epochs).filter { recipe.learningRate.forgetsMomentum(atStartOf: $0) }
    #expect(begun == [40, 60])
  }

  @Test func thePlainDecoupledDivergenceIsTRADES() throws {
    let plain = try recipe("dkl", classes: 10).0
    let (first, second) = (LossTests.first, LossTests.second)
    let apart = LossTests.loss(plain.loss, first, second)
    let trades = LossTests.loss(.trades(weight: 6, labelSmoothing: 0), first, second)
    for pass in [ForwardPass.clean, .adversarial] {
      let pairs = zip(
        apart.gradients[pass]?.joined().map { $0 } ?? [],
        trades.gradients[pass]?.joined().map { $0 } ?? [])
      #expect(pairs.allSatisfy { abs($0 - $1) < 1e-12 })
    }
    #expect(apart.gradients[.clean]?.joined().count == 6)
  }

  @Test func bothImprovementsLeadToIKL() throws {
    let (improved, title) = try recipe("dkl") {
      $0.usesClassMeans = true
      $0.pullsAtBoth = true
      $0.squaredErrorWeight = 20
      $0.crossEntropyWeight = 4
    }
    #expect(try improved.loss == recipe("ikl-at").0.loss)
    #expect(title.contains("class means, both logits"))
    let back = try recipe("ikl-at") {
      $0.usesClassMeans = false
      $0.pullsAtBoth = false
      $0.squaredErrorWeight = 6
      $0.crossEntropyWeight = 6
    }
    #expect(try back.0.loss == recipe("dkl").0.loss)
  }

  @Test func classMeansKeepTheTemperatureOfADistillation() throws {
    let (changed, _) = try recipe("ikl-kd") {
      $0.usesClassMeans = true
      $0.temperature = 2
    }
    #expect(
      changed.loss
        == .decoupledDistillation(
          DecoupledDivergence(
            squaredErrorWeight: 8, crossEntropyWeight: 1,
            classWeights: .classMeans(temperature: 100), reach: .second, temperature: 2),
          warmUpEpochs: 20))
    #expect(throws: TrainingError.self) { try recipe("ikl-kd") { $0.pullsAtBoth = true } }
    #expect(throws: TrainingError.self) { try recipe("trades") { $0.usesClassMeans = true } }
  }

  @Test func theAuthorsProgramSeesOneBatch() throws {
    let (program, title) = try recipe("tald-kd") { $0.preset = .authorCode }
    #expect(title == "tald-kd (preset author-code)")
    #expect(program.forwardOrder == [.adversarial])
    #expect(program.loss.passes == [.adversarial])
    let paper = try recipe("tald-kd").0
    #expect(paper.forwardOrder == [.clean, .adversarial])
    #expect(paper.loss.space == InputSpace.Name.cifar100.space)
    let pixels = try recipe("tald-kd") { $0.space = .pixel }
    #expect(pixels.0.loss.space == .pixels)
    #expect(throws: TrainingError.self) { try recipe("kd") { $0.preset = .authorCode } }
  }

  @Test func aSmallBudgetShortensWarmUpAndParticles() throws {
    let small = try recipe("ikl-kd", budget: .small).0
    #expect(small.epochs == 15)
    #expect(small.loss.terms.map(\.course) == [.constant, .rising(epochs: 1), .rising(epochs: 1)])
    let loss = try recipe("tald-kd", budget: .small).0.loss
    guard case .paper(let steps, _, _, _) = loss.first(LocalDistribution.self)?.particles
    else {
      Issue.record("another loss")
      return
    }
    #expect(steps == 3)
  }
}
