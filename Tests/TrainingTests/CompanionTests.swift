import Testing

@testable import Training

/// Methods that are added to others.
struct CompanionTests {
  @Test(arguments: PublishedRecipe.companionNames)
  func `Every method can be added to another`(_ name: String) throws {
    let base = try PublishedRecipe.named(name == "sp" ? "at" : "sp", classes: 100)
    let both = try base.with(name, classes: 100)
    #expect(both.recipe.loss.terms.count > base.recipe.loss.terms.count)
    #expect(both.recipe.forwardOrder == both.recipe.loss.passes)
    try both.check()
  }

  @Test func `An added divergence has the factor one`() throws {
    let both = try PublishedRecipe.named("crd", classes: 100).with("kd", classes: 100)
    #expect(both.recipe.loss.terms.map(\.name) == ["ce", "crd", "kd"])
    #expect(both.recipe.loss.terms.map(\.weight) == [1, 0.8, 1])
  }

  @Test func `A factor that is set is the recipe's own`() throws {
    var changes = RecipeChanges()
    changes.divergenceWeight = 7
    changes.particles = 2
    let both = try PublishedRecipe.named("at", classes: 100).with("sp", classes: 100)
      .with("tald", classes: 100)
    let changed = try changes.applied(to: both, budget: .full).0.recipe
    #expect(changed.loss.terms.map(\.weight) == [1, 7, 3000, 0.01])
    #expect((changed.loss.terms[3].term as? LocalDistribution)?.count == 2)
  }

  @Test(arguments: [
    ("at", "at", "at has the term at already; leave it out"),
    ("at", "magic", "magic cannot be added; give one of kd, ikl, bss, tald, fitnet"),
    ("ab", "tald", "ab has no teacher in its last stage, from which tald learns"),
  ])
  func `What cannot be added is refused`(base: String, name: String, problem: String) throws {
    let error = #expect(throws: TrainingError.self) {
      try PublishedRecipe.named(base, classes: 100).with(name, classes: 100)
    }
    #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
  }

  @Test func `Settings are printed with their source`() throws {
    let text = try PublishedRecipe.named("crd", classes: 100).settingsText
    for piece in [
      "Tian et al. 2020", "240 epochs, batches of 64, learning rate 0.05", "- crd: factor 0.8",
      "\"negatives\" : 16384",
    ] { #expect(text.contains(piece), "\(piece)") }
    let prepared = try PublishedRecipe.named("ft", classes: 100).settingsText
    #expect(prepared.contains("Preparation 1: 30 epochs, batches of 64, learning rate 0.01"))
  }
}
