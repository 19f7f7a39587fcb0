import Testing

@testable import Training

@Suite struct RecipeTests {
  @Test func aChangedRecipeSaysSo() throws {
    let trades = try PublishedRecipe.named("trades", classes: 10)
    var changes = RecipeChanges()
    #expect(try changes.applied(to: trades, budget: .full).title == "trades")
    changes.divergenceWeight = 3
    changes.epochs = 10
    let (changed, title) = try changes.applied(to: trades, budget: .full)
    #expect(title == "trades (10 epochs, beta 3.0)")
    #expect(changed.recipe.loss == .trades(weight: 3, labelSmoothing: 0))
    let small = try RecipeChanges().applied(to: trades, budget: .small)
    #expect(small.title == "trades (small budget)")
    #expect(small.0.recipe.crafting?.steps == 3)
    #expect(small.0.recipe.epochs == 15)
  }

  @Test func aSmallRunOfAnotherLengthIsStretchedOnce() throws {
    let trades = try PublishedRecipe.named("trades", classes: 10)
    var changes = RecipeChanges()
    changes.epochs = 4
    let (changed, title) = try changes.applied(to: trades, budget: .small)
    #expect(title == "trades (small budget, 4 epochs)")
    #expect(changed.recipe.learningRate == trades.recipe.learningRate.lasting(4, insteadOf: 76))
  }

  @Test func anAverageForgetsWithinTheSameShareOfAShorterRun() throws {
    var changes = RecipeChanges()
    changes.epochs = 20
    let published = try PublishedRecipe.named("ikl-at", classes: 10)
    let averaging = try changes.applied(to: published, budget: .full).0.averaging
    guard case .epochs(let decay, let first) = averaging else {
      Issue.record("\(averaging)")
      return
    }
    #expect(abs(decay - 0.3486784401) < 1e-12)
    #expect(first == 1)
  }

  @Test func digitsAreTrainedOnAsPublishedForThem() throws {
    let recipes = PublishedRecipe.all(classes: 10, channels: 1)
    #expect(recipes.allSatisfy { $0.augmentation == .none })
    let trades = try PublishedRecipe.named("trades", classes: 10, channels: 1).recipe
    #expect(trades.loss == .trades(weight: 1, labelSmoothing: 0))
    #expect(trades.radius == .constant(0.3))
    let crafting = try #require(trades.crafting)
    #expect(crafting.steps == 40)
    #expect(abs(crafting.relativeStep * 0.3 - 0.01) < 1e-15)
  }

  @Test func aSettingThatTheLossHasNotIsRefused() throws {
    let natural = try PublishedRecipe.named("natural", classes: 10)
    var changes = RecipeChanges()
    changes.divergenceWeight = 3
    #expect(throws: TrainingError.self) { try changes.applied(to: natural, budget: .full) }
    changes = RecipeChanges()
    changes.radius = 0.1
    let error = #expect(throws: TrainingError.self) {
      try changes.applied(to: natural, budget: .full)
    }
    #expect(error?.place == "eps")
    #expect(error?.exitCode == 64)
  }

  @Test func anUnknownRecipeIsRefusedWithTheKnownOnes() {
    let error = #expect(throws: TrainingError.self) {
      try PublishedRecipe.named("tradse", classes: 10)
    }
    #expect(error?.problem.contains("trades-awp") == true)
  }

  @Test func theWeightsOfIKLHaveTheProgramsNames() throws {
    var changes = RecipeChanges()
    changes.squaredErrorWeight = 10
    changes.crossEntropyWeight = 3
    let published = try PublishedRecipe.named("ikl-at", classes: 100)
    let recipe = try changes.applied(to: published, budget: .full).0.recipe
    #expect(
      recipe.loss
        == .decoupled(DecoupledDivergence(squaredErrorWeight: 10, crossEntropyWeight: 3)))
  }
}
