public import Files

/// Everything that decides what a run gives, down to the last bit on one machine.
public struct TrainingSettings: Codable, Hashable, Sendable {
  /// How the network is trained.
  public var recipe: Recipe
  /// What is done to images.
  public var augmentation: Augmentation
  /// How they are mixed afterwards; nil for not at all.
  public var cutMix: CutMix?
  /// Which average of weights is kept.
  public var averaging: WeightAveraging
  /// What the recipe is called in reports: its name, and in what it departs from the published one.
  public var title: String
  /// The network's name in the registry.
  public var architecture: String
  /// The SHA-256 of the checkpoint that training begins with, and which of its sets of weights where
  /// it holds several; nil where weights are drawn.
  public var initialSHA256: String?
  /// The same of the teacher's checkpoint.
  public var teacherSHA256: String?
  /// The data set's name.
  public var dataset: String
  /// The checksum of its images and labels.
  public var datasetSHA256: String
  /// What is kept from training.
  public var heldOut: TrainingSet.HeldOut
  /// The checksum of images that are mixed in.
  public var extraSHA256: String?
  /// Their share of every batch.
  public var extraShare: Double?
  /// The seed of all random numbers.
  public var seed: UInt64
  /// What computes.
  public var backend: String
  /// What of the machine decides how sums are rounded: instruction set and number of threads; nil of
  /// runs from before it was recorded.
  public var rounding: [String]?

  /// How every step is divided among processes; nil where one takes it alone.
  public var division: RankDivision?

  /// Creates settings.
  ///
  /// - Parameters:
  ///   - recipe: how the network is trained.
  ///   - augmentation: what is done to images.
  ///   - averaging: which average of weights is kept.
  ///   - title: what the recipe is called in reports.
  ///   - architecture: the network's name in the registry.
  ///   - dataset: the data set's name.
  ///   - datasetSHA256: the checksum of its images and labels.
  ///   - heldOut: what is kept from training.
  ///   - seed: of all random numbers.
  ///   - backend: what computes.
  public init(
    recipe: Recipe, augmentation: Augmentation, averaging: WeightAveraging, title: String,
    architecture: String, dataset: String, datasetSHA256: String, heldOut: TrainingSet.HeldOut,
    seed: UInt64, backend: String
  ) {
    self.recipe = recipe
    self.augmentation = augmentation
    self.averaging = averaging
    self.title = title
    self.architecture = architecture
    self.dataset = dataset
    self.datasetSHA256 = datasetSHA256
    self.heldOut = heldOut
    self.seed = seed
    self.backend = backend
  }

  /// The settings as JSON; equal settings give equal text.
  public var json: String { Self.json(self) }

  static func json(_ value: some Encodable) -> String {
    guard let text = try? jsonText(of: value) else {
      preconditionFailure("settings hold finite numbers only")
    }
    return text
  }
}

extension TrainingSettings: RunIdentity {
  /// `--output`.
  public static let folderOption = "--output"

  /// None: the weights' provenance holds them all, and equal runs give equal files.
  public static let fieldsThatDecideNothing: [String: String] = [:]

  /// Runs from before ``rounding`` was recorded go on.
  ///
  /// - Parameter other: the settings that are there.
  /// - Returns: that the field is not compared where one of the two lacks it.
  public func comparison(
    with other: TrainingSettings
  ) -> (inPlaceOf: Set<String>, difference: String?) {
    ((rounding == nil) != (other.rounding == nil) ? ["rounding"] : [], nil)
  }
}
