internal import Foundation
public import Tensors

/// Everything that decides a run's results: two runs with equal settings give equal results.
public struct RunSettings: Hashable, Sendable, Codable {
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
  /// The radius as it was written.
  public var eps: String
  /// The radius.
  public var epsValue: Double
  /// The attacks in order.
  public var attacks: [Attack]
  /// The version of AutoAttack that the attacks are exactly, if they are one.
  public var autoAttackVersion: String?
  /// The seed of all random numbers.
  public var seed: UInt64
  /// The stable indices of the images, ascending.
  public var indices: [Int]
  /// The library that searches, with its version and rules that influence rounding.
  public var backend: String
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
  ///   - eps: the radius.
  ///   - attacks: in order.
  ///   - autoAttackVersion: which version of AutoAttack the attacks are exactly.
  ///   - seed: of all random numbers.
  ///   - indices: of the images.
  ///   - backend: the library that searches.
  ///   - notes: on rounding and attacks.
  public init(
    model: String, modelSHA256: String, architecture: String, dataset: String,
    datasetSHA256: String, datasetNote: String?, norm: Norm, eps: Epsilon, attacks: [Attack],
    autoAttackVersion: String?, seed: UInt64, indices: [Int], backend: String, notes: [String]
  ) {
    self.model = model
    self.modelSHA256 = modelSHA256
    self.architecture = architecture
    self.dataset = dataset
    self.datasetSHA256 = datasetSHA256
    self.datasetNote = datasetNote
    self.norm = norm
    self.eps = eps.text
    epsValue = eps.value
    self.attacks = attacks
    self.autoAttackVersion = autoAttackVersion
    self.seed = seed
    self.indices = indices
    self.backend = backend
    self.notes = notes
  }

  enum CodingKeys: String, CodingKey {
    case model, architecture, dataset, norm, eps, attacks, seed, indices, backend, notes
    case modelSHA256 = "model_sha256"
    case datasetSHA256 = "dataset_sha256"
    case datasetNote = "dataset_note"
    case epsValue = "eps_value"
    case autoAttackVersion = "autoattack_version"
  }

  /// The first setting in which another run differs, in words; nil when results are the same.
  ///
  /// - Parameter other: another run's settings.
  /// - Returns: for example `seed is 0 there and 1 here`.
  public func difference(from other: RunSettings) -> String? {
    func differs<Value: Equatable>(_ name: String, _ key: KeyPath<RunSettings, Value>) -> String? {
      let (there, here) = (other[keyPath: key], self[keyPath: key])
      return there == here ? nil : "\(name) is \(there) there and \(here) here"
    }
    if other.indices != indices {
      return "there are \(other.indices.count) images from index \(other.indices.first ?? 0) there "
        + "and \(indices.count) from index \(indices.first ?? 0) here"
    }
    return differs("the model's SHA-256", \.modelSHA256)
      ?? differs("the data's SHA-256", \.datasetSHA256) ?? differs("norm", \.norm.rawValue)
      ?? differs("eps", \.epsValue) ?? differs("seed", \.seed) ?? differs("backend", \.backend)
      ?? differs("the list of attacks", \.attackTexts)
  }

  /// Each attack with its settings in alphabetical order.
  public var attackTexts: [String] {
    attacks.map { attack in
      let settings = attack.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      return settings.isEmpty ? attack.name : "\(attack.name)(\(settings.joined(separator: ",")))"
    }
  }
}
