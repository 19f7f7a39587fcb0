public import Checkpoints

/// What a run records of the network that it evaluates.
public struct EvaluatedNetwork: Hashable, Sendable {
  /// What people call it, for instance the checkpoint's file name.
  public var name: String
  /// Of the checkpoint's bytes, or of whatever else tells this network from every other.
  public var sha256: String
  /// The registry name, or `graph`.
  public var architecture: String
  /// Which set of the checkpoint's weights was taken, where there were several.
  public var weights: String?
  /// The length of a logit vector.
  public var classes: Int
  /// What a report must say about where the network comes from, a sentence each.
  public var notes: [String]

  /// Describes a network that no checkpoint holds.
  ///
  /// - Parameters:
  ///   - name: what people call it.
  ///   - sha256: of whatever tells it from every other; a folder belongs to one network.
  ///   - architecture: for the report.
  ///   - classes: the length of a logit vector.
  ///   - notes: for the report.
  public init(
    name: String, sha256: String, architecture: String, classes: Int, notes: [String] = []
  ) {
    self.name = name
    self.sha256 = sha256
    self.architecture = architecture
    self.classes = classes
    self.notes = notes
  }

  /// Describes a checkpoint's network.
  ///
  /// - Parameters:
  ///   - checkpoint: the network.
  ///   - name: of its file.
  public init(_ checkpoint: Checkpoint, named name: String) {
    let origin = checkpoint.provenance["published_as"].map { ["network imported as \($0)"] }
    self.init(
      name: name, sha256: checkpoint.sha256, architecture: checkpoint.architecture,
      classes: checkpoint.classes, notes: (origin ?? []) + checkpoint.notes)
    weights = checkpoint.weights
  }
}
