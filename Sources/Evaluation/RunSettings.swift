internal import Foundation
import Files
public import Tensors

/// Everything that decides a run's results: two runs with equal settings give equal results.
public struct RunSettings: Hashable, Sendable {
  /// An attack with the settings that influence its result.
  public struct Attack: Hashable, Sendable, Codable {
    /// For example `apgd-ce`.
    public var name: String
    /// For example `restarts: 1`.
    public var settings: [String: String]

    /// Creates a description of an attack.
    ///
    /// - Parameters:
    ///   - name: for example `apgd-ce`.
    ///   - settings: for example `restarts: 1`.
    public init(name: String, settings: [String: String]) {
      self.name = name
      self.settings = settings
    }
  }

  /// The checkpoint's file name.
  public var model: String
  /// Of the checkpoint's bytes.
  public var modelSHA256: String
  /// Which set of the checkpoint's weights was taken, where there were several.
  public var weights: String?
  /// The registry name, or `graph`.
  public var architecture: String
  /// The data set's name.
  public var dataset: String
  /// Of the images and labels.
  public var datasetSHA256: String
  /// What the report must say about the data, if anything.
  public var datasetNote: String?
  /// The norm of perturbations.
  public var norm: Norm
  /// All radii, ascending, at least one.
  public var radii: [Epsilon]
  /// The attacks in order.
  public var attacks: [Attack]
  /// The version of AutoAttack that the attacks are exactly, if they are one.
  public var autoAttackVersion: String?
  /// The seed of all random numbers.
  public var seed: UInt64
  /// The stable indices of the images, ascending.
  public var indices: [Int]
  /// Which part of the images this run has, where it is one of several.
  public var shard: Shard?
  /// The stable indices of the images of all shards, ascending; nil where there are no shards.
  public var allIndices: [Int]?
  /// The library that searches, with its version and rules that influence rounding.
  public var backend: String
  /// What of the processor and of the rule that chooses kernels decides how sums are rounded; nil
  /// of runs from before it was recorded.
  public var rounding: [String]?
  /// Notes on rounding and on attacks that run otherwise than asked.
  public var notes: [String]

  /// Creates settings.
  ///
  /// - Parameters:
  ///   - model: the checkpoint's file name.
  ///   - modelSHA256: of the checkpoint's bytes.
  ///   - architecture: the registry name.
  ///   - dataset: the data set's name.
  ///   - datasetSHA256: of the images and labels.
  ///   - datasetNote: what the report must say about the data.
  ///   - norm: of perturbations.
  ///   - radii: ascending, at least one.
  ///   - attacks: in order.
  ///   - autoAttackVersion: which version of AutoAttack the attacks are exactly.
  ///   - seed: of all random numbers.
  ///   - indices: of the images.
  ///   - backend: the library that searches.
  ///   - notes: on rounding and attacks.
  public init(
    model: String, modelSHA256: String, architecture: String, dataset: String,
    datasetSHA256: String, datasetNote: String?, norm: Norm, radii: [Epsilon], attacks: [Attack],
    autoAttackVersion: String?, seed: UInt64, indices: [Int], backend: String, notes: [String]
  ) {
    precondition(!radii.isEmpty, "a run has a radius")
    self.model = model
    self.modelSHA256 = modelSHA256
    self.architecture = architecture
    self.dataset = dataset
    self.datasetSHA256 = datasetSHA256
    self.datasetNote = datasetNote
    self.norm = norm
    self.radii = radii
    self.attacks = attacks
    self.autoAttackVersion = autoAttackVersion
    self.seed = seed
    self.indices = indices
    self.backend = backend
    self.notes = notes
  }

  /// The settings of one shard of this run.
  ///
  /// - Parameter shard: which of the images it has.
  /// - Returns: the settings with the images of the shard.
  /// - Throws: ``EvaluationError`` when the shard has no image.
  public func part(_ shard: Shard) throws(EvaluationError) -> RunSettings {
    var settings = self
    settings.shard = shard
    settings.allIndices = indices
    settings.indices = indices.filter(shard.contains)
    if settings.indices.isEmpty {
      throw EvaluationError(
        kind: .usage, place: "--shard",
        problem:
          "of \(counted(indices.count, "image")), none is in shard \(shard); make fewer shards")
    }
    return settings
  }

  /// The largest radius.
  public var largestRadius: Epsilon { radii[radii.count - 1] }

  /// All radii as they were written, for example `2/255,8/255`.
  public var radiusText: String { radii.map(\.text).joined(separator: ",") }

  /// Those of the notes that say what an attack does otherwise than asked, or that a radius forbids
  /// nothing.
  public var attackNotes: [String] {
    notes.filter { note in
      note.hasPrefix(Epsilon.noteStart) || attacks.contains { note.hasPrefix("\($0.name): ") }
    }
  }

  /// Each attack with its settings in alphabetical order.
  public var attackTexts: [String] {
    attacks.map { attack in
      let settings = attack.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      return settings.isEmpty ? attack.name : "\(attack.name)(\(settings.joined(separator: ",")))"
    }
  }
}
