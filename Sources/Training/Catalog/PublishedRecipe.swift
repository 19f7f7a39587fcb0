/// A recipe under its published name, with its published settings.
public struct PublishedRecipe: Sendable {
  /// What trains the network.
  public var recipe: Recipe
  /// What is done to images.
  public var augmentation: Augmentation
  /// How they are mixed afterwards; nil for not at all.
  public var cutMix: CutMix?
  /// Which average of weights is kept.
  public var averaging: WeightAveraging
  /// What it does, in one clause.
  public var abstract: String
  /// Where its settings come from.
  public var source: String

  /// Joins a recipe and what belongs to it.
  ///
  /// - Parameters:
  ///   - recipe: what trains the network.
  ///   - augmentation: what is done to images.
  ///   - averaging: which average of weights is kept.
  ///   - abstract: what it does, in one clause.
  ///   - source: where its settings come from.
  public init(
    _ recipe: Recipe, augmentation: Augmentation = .cropAndFlip, averaging: WeightAveraging = .none,
    abstract: String, source: String
  ) {
    self.recipe = recipe
    self.augmentation = augmentation
    self.averaging = averaging
    self.abstract = abstract
    self.source = source
  }

  /// All of them, as they are listed.
  ///
  /// - Parameters:
  ///   - classes: of the data set; some recipes go by it.
  ///   - channels: of its images; those of one channel are taken for digits, which are neither
  ///     mirrored nor shifted.
  /// - Returns: every recipe with its settings for such a data set.
  public static func all(classes: Int, channels: Int = 3) -> [PublishedRecipe] {
    var all =
      [.natural] + robust(classes: classes, channels: channels) + distillations(classes: classes)
      + featureDistillations
    if channels == 1 { for index in all.indices { all[index].augmentation = .none } }
    return all
  }

  /// The recipe of a name.
  ///
  /// - Parameters:
  ///   - name: for example `trades`.
  ///   - classes: of the data set.
  ///   - channels: of its images.
  /// - Returns: the recipe with its settings for such a data set.
  /// - Throws: ``TrainingError`` when there is none of that name.
  public static func named(
    _ name: String, classes: Int, channels: Int = 3
  ) throws(TrainingError) -> PublishedRecipe {
    let all = all(classes: classes, channels: channels)
    guard let found = all.first(where: { $0.recipe.name == name }) else {
      let names = all.map(\.recipe.name).joined(separator: ", ")
      throw TrainingError(
        kind: .usage, place: "recipe \(name)", problem: "is not known; give one of \(names)")
    }
    return found
  }
}
