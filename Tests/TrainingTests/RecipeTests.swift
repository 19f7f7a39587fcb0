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
    let small = try RecipeChanges().applied(to: Budget.small.applied(to: trades), budget: .small)
    #expect(small.title == "trades (small budget)")
    #expect(small.0.recipe.crafting?.steps == 3)
    #expect(small.0.recipe.epochs == 15)
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
    #expect(error?.place == "--eps")
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
