/// How much of a recipe's cost is spent.
public enum Budget: String, Hashable, Sendable, Codable, CaseIterable {
  /// All of it: the published settings.
  case full
  /// Few epochs and inner steps: for trying things out, never to be reported as the recipe.
  case small

  /// The largest number of epochs and of inner steps of a small budget.
  private static let smallest = (epochs: 15, steps: 3)

  /// A recipe within the budget.
  ///
  /// - Parameters:
  ///   - published: with its published settings.
  ///   - epochs: how many there shall be instead of the budget's own number.
  /// - Returns: the same, or one with fewer epochs and inner steps, which are longer then.
  public func applied(to published: PublishedRecipe, epochs: Int? = nil) -> PublishedRecipe {
    var result = published.lasting(epochs ?? self.epochs(of: published))
    guard self == .small else { return result }
    result.recipe.loss = result.recipe.loss.taking(atMost: Self.smallest.steps)
    if let crafting = published.recipe.crafting, crafting.steps > Self.smallest.steps {
      result.recipe.crafting?.steps = Self.smallest.steps
      result.recipe.crafting?.relativeStep = max(crafting.relativeStep, 0.5)
    }
    return result
  }

  /// How many epochs a recipe has within the budget.
  func epochs(of published: PublishedRecipe) -> Int {
    switch self {
    case .full: published.recipe.epochs
    case .small: min(published.recipe.epochs, Self.smallest.epochs)
    }
  }

  /// What is added to a recipe's name.
  var note: String? { self == .small ? "small budget" : nil }
}

extension PublishedRecipe {
  /// The recipe over another number of epochs, averages of weights included.
  ///
  /// - Parameter epochs: at least 1.
  /// - Returns: the recipe under the same name.
  func lasting(_ epochs: Int) -> PublishedRecipe {
    var result = self
    result.recipe = recipe.lasting(epochs)
    result.averaging = averaging.lasting(epochs, insteadOf: recipe.epochs)
    return result
  }
}

extension Recipe {
  /// The recipe over another number of epochs: schedules and first epochs keep their shares.
  ///
  /// - Parameter epochs: at least 1.
  /// - Returns: the recipe under the same name.
  public func lasting(_ epochs: Int) -> Recipe {
    precondition(epochs > 0, "training takes at least one epoch")
    var result = self
    result.learningRate = learningRate.lasting(epochs, insteadOf: self.epochs)
    result.radius = radius.lasting(epochs)
    result.loss = loss.lasting(epochs, insteadOf: self.epochs)
    result.preparations = preparations?.map {
      $0.lasting(max($0.epochs * epochs / self.epochs, 1))
    }
    if let perturbation = weightPerturbation {
      let share = Double(perturbation.firstEpoch - 1) / Double(self.epochs)
      result.weightPerturbation?.firstEpoch = 1 + Int((share * Double(epochs)).rounded())
    }
    result.epochs = epochs
    return result
  }
}
