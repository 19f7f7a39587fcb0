/// Methods that are added to others.
extension PublishedRecipe {
  /// Methods that can be added to a recipe, as command lines name them.
  public static var companionNames: [String] {
    companions(classes: 10).map { $0.recipe.name }.map {
      $0.hasSuffix("-kd") ? String($0.dropLast(3)) : $0
    }
  }

  private static func companions(classes: Int) -> [PublishedRecipe] {
    (distillations(classes: classes) + featureDistillations).filter {
      $0.recipe.preparations == nil
    }
  }

  /// The recipe with another method's terms, each with its published factor.
  ///
  /// - Parameters:
  ///   - name: of the other, for instance `tald` or `kd`, whose factor is then 1 as in CRD+KD.
  ///   - classes: of the data set.
  /// - Returns: the recipe under the same name.
  /// - Throws: ``TrainingError`` when there is no such method, or its terms are there already.
  public func with(_ name: String, classes: Int) throws(TrainingError) -> PublishedRecipe {
    let all = Self.companions(classes: classes)
    guard let other = all.first(where: { [name, name + "-kd"].contains($0.recipe.name) }) else {
      throw TrainingError(
        .with,
        problem: "\(name) cannot be added; give one of "
          + Self.companionNames.joined(separator: ", "))
    }
    guard recipe.loss.needsTeacher else {
      throw TrainingError(
        .with,
        problem:
          "\(recipe.name) has no teacher in its last stage, from which \(name) learns; leave "
          + "it out")
    }
    var added = other.recipe.loss.terms.filter { term in
      term.name != "ce" && (term.name != "kd" || name == "kd")
    }
    for place in added.indices {
      if name == "kd" { added[place].weight = 1 }
      // That option is of the recipe's own factor.
      if added[place].setting == .beta { added[place].setting = nil }
    }
    if let known = added.first(where: { term in recipe.loss.terms.contains { $0.name == term.name }
    }) {
      throw TrainingError(
        .with, problem: "\(recipe.name) has the term \(known.name) already; leave it out")
    }
    var result = self
    result.recipe.loss.terms += added
    result.recipe.forwardOrder = result.recipe.loss.passes
    return result
  }
}
