public import Files

/// What decides the accuracies of a network under common corruptions.
public struct CorruptionSettings: RunIdentity, Hashable {
  /// `robeval-corruptions`.
  public var format = "robeval-corruptions"
  /// The checkpoint's file name.
  public var model: String
  /// Its SHA-256, and which of its sets of weights.
  public var modelIdentity: String
  /// The network's name.
  public var architecture: String
  /// The data set that was corrupted.
  public var dataset: String
  /// The corruptions, in the order in which they are measured.
  public var corruptions: [String]
  /// How many images of each severity; nil for all.
  public var examples: Int?
  /// The library that computes, with its version.
  public var backend: String

  /// Describes a measurement.
  ///
  /// - Parameters:
  ///   - model: the checkpoint's file name.
  ///   - modelIdentity: its SHA-256, and which of its sets of weights.
  ///   - architecture: the network's name.
  ///   - dataset: the data set that was corrupted.
  ///   - corruptions: in the order in which they are measured.
  ///   - examples: how many images of each severity; nil for all.
  ///   - backend: the library that computes.
  public init(
    model: String, modelIdentity: String, architecture: String, dataset: String,
    corruptions: [String], examples: Int?, backend: String
  ) {
    self.model = model
    self.modelIdentity = modelIdentity
    self.architecture = architecture
    self.dataset = dataset
    self.corruptions = corruptions
    self.examples = examples
    self.backend = backend
  }

  /// `--out`.
  public static let folderOption = "--out"

  /// A file's name.
  public static let fieldsThatDecideNothing = ["model": "a file may be renamed"]
}
