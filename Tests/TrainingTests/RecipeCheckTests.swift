import Tensors
import Testing

@testable import Training

@Suite struct RecipeCheckTests {
  private func error(
    _ recipe: String, _ change: (inout RecipeChanges) -> Void
  ) throws -> TrainingError? {
    let published = try PublishedRecipe.named(recipe, classes: 10)
    var changes = RecipeChanges()
    change(&changes)
    do {
      _ = try changes.applied(to: published, budget: .full)
      return nil
    } catch { return error }
  }

  @Test func everyPublishedRecipePasses() throws {
    for classes in [10, 100, 1000] {
      for published in PublishedRecipe.all(classes: classes) {
        try published.check()
        try RecipeChanges().applied(to: published, budget: .small).0.check()
      }
    }
    for published in PublishedRecipe.all(classes: 10, channels: 1) { try published.check() }
  }

  @Test func aRadiusInUnitsOf255IsRefusedWithTheRemedy() throws {
    let error = try #require(try error("trades") { $0.radius = 8 })
    #expect(error.setting == .eps)
    #expect(error.exitCode == 64)
    #expect(error.problem.hasSuffix("write 8/255"))
    // Other balls may be larger than the range of one pixel.
    let allowed = try self.error("trades") {
      $0.radius = 8
      $0.norm = .l2
    }
    #expect(allowed == nil)
  }

  @Test(arguments: [0, -0.1, Double.nan, .infinity, -.infinity, 1e300])
  func aRateThatIsNotPositiveAndFiniteIsRefused(rate: Double) throws {
    #expect(try error("natural") { $0.learningRate = rate }?.setting == .lr)
    #expect(try error("trades") { $0.radius = rate }?.setting == .eps)
    #expect(try error("trades") { $0.relativeStep = rate }?.setting == .stepSize)
    #expect(try error("ltd") { $0.temperature = rate }?.setting == .temperature)
  }

  @Test(arguments: [-1, Double.nan, .infinity])
  func aFactorThatIsNegativeOrNotFiniteIsRefused(factor: Double) throws {
    #expect(try error("trades") { $0.divergenceWeight = factor }?.setting == .beta)
    #expect(try error("ltd") { $0.robustnessWeight = factor }?.setting == .lambda)
    #expect(try error("ikl-at") { $0.squaredErrorWeight = factor }?.setting == .squaredErrorWeight)
    #expect(try error("trades") { $0.perturbationSize = factor }?.setting == .gamma)
    #expect(try error("natural") { $0.labelSmoothing = factor }?.setting == .labelSmoothing)
    #expect(try error("natural") { $0.momentum = factor }?.setting == .momentum)
    #expect(try error("natural") { $0.weightDecay = factor }?.setting == .weightDecay)
    #expect(try error("natural") { $0.course.cutMix = factor }?.setting == .cutmix)
  }

  @Test func whatBeginsAfterTheLastEpochIsRefused() throws {
    #expect(
      try error("trades-awp") {
        $0.epochs = 10
        $0.perturbationStart = 100
      }?.setting == .perturbationStart)
    for (kind, start) in [(WeightAveraging.Kind.steps, 10.0), (.epochs, 11)] {
      #expect(
        try error("natural") {
          $0.epochs = 10
          $0.course.average = kind
          $0.course.averageStart = start
        }?.setting == .averageStart)
    }
    #expect(
      try error("natural") {
        $0.epochs = 10
        $0.course.drops = [11]
      }?.setting == .drops)
  }

  @Test func replaysAreForRecipesThatCarryPerturbations() throws {
    #expect(try error("trades") { $0.replays = 2 }?.setting == .replays)
    #expect(try error("free-at") { $0.replays = 0 }?.setting == .replays)
    #expect(try error("free-at") { $0.steps = 2 }?.setting == .steps)
    #expect(try error("free-at") { $0.replays = 4 } == nil)
  }

  @Test func aStepInPixelUnitsIsRefused() throws {
    let error = try #require(
      try error("trades") {
        $0.relativeStep = 0.007
        $0.steps = 10
      })
    #expect(error.setting == .stepSize)
    #expect(error.problem.contains("parts of the radius"))
    #expect(
      try self.error("trades") {
        $0.relativeStep = 0.01
        $0.steps = 100
      } == nil)
  }

  @Test func aBatchThatTheImagesCannotFillIsRefused() throws {
    let recipe = try PublishedRecipe.named("natural", classes: 10).recipe
    try recipe.check(images: 128, heldOut: 0)
    let error = #expect(throws: TrainingError.self) { try recipe.check(images: 127, heldOut: 73) }
    #expect(error?.setting == .batch)
    #expect(error?.problem.contains("200 with 73 held out") == true)
  }

  @Test func aProgramSpellsSettingsAsOptions() {
    let error = TrainingError(
      .drops, problem: "there is none; give `schedule steps`, see `robtrain recipes`")
    #expect(error.description.hasPrefix("drops: there is none; give `schedule steps`"))
    #expect(
      error.optionText == "--drops: there is none; give --schedule steps, see `robtrain recipes`")
    #expect(TrainingError(place: "step 3", problem: "is not").optionText == "step 3: is not")
  }
}
