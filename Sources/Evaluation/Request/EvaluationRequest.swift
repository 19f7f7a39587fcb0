public import Attacks
public import Datasets
public import Tensors

/// One evaluation: which network is attacked on which images, how, and within which radii.
public struct EvaluationRequest: Sendable {
  /// The network, as the report names it.
  public var network: EvaluatedNetwork
  /// Where the images come from.
  public var dataset: Dataset
  /// Which of its images, of all shards together.
  public var positions: [Int]
  /// What attacks them, in order; nothing for the clean accuracy alone.
  public var attacks: [any Attack]
  /// The version of AutoAttack that the attacks are exactly, if they are one.
  public var autoAttackVersion: AttackPreset?
  /// The norm of perturbations.
  public var norm: Norm
  /// The radii, ascending, at least one.
  public var radii: [Epsilon]
  /// The seed of all random numbers.
  public var seed: UInt64 = 0
  /// Which of several parts of the images is attacked here.
  public var shard: Shard?
  /// Ends the run as soon as its outcome is certain.
  public var gate: AccuracyGate?
  /// Where network and images were found, so that a verification finds them again.
  public var sources: RunSources?

  /// Describes an evaluation of all images of a data set.
  ///
  /// - Parameters:
  ///   - network: which is attacked.
  ///   - dataset: where the images come from.
  ///   - attacks: in order.
  ///   - norm: of perturbations.
  ///   - radii: ascending, at least one.
  public init(
    of network: EvaluatedNetwork, on dataset: Dataset, attacks: [any Attack], norm: Norm,
    radii: [Epsilon]
  ) {
    precondition(!radii.isEmpty, "a run has a radius")
    self.network = network
    self.dataset = dataset
    self.attacks = attacks
    self.norm = norm
    self.radii = radii
    positions = Array(0..<dataset.count)
  }

  /// The positions of the images of this shard.
  public var ownPositions: [Int] {
    positions.filter { shard?.contains(dataset.index(at: $0)) ?? true }
  }

  /// What makes a run this run.
  ///
  /// - Parameter engine: who computes.
  /// - Returns: the settings; of the shard where there is one.
  /// - Throws: ``EvaluationError`` when the shard has no image.
  public func settings(on engine: SearchEngine) throws(EvaluationError) -> RunSettings {
    try settings(backend: engine.backend, rounding: engine.rounding)
  }

  /// What makes a run this run, where nothing is computed.
  ///
  /// - Parameters:
  ///   - backend: the library that searches.
  ///   - rounding: as in ``SearchEngine/rounding``.
  /// - Returns: the settings; of the shard where there is one.
  /// - Throws: ``EvaluationError`` when the shard has no image.
  public func settings(
    backend: String, rounding: [String]
  ) throws(EvaluationError) -> RunSettings {
    let isAsAsked = attacks.allSatisfy { $0.notes(forClasses: network.classes).isEmpty }
    var settings = RunSettings(
      model: network.name, modelSHA256: network.sha256, architecture: network.architecture,
      dataset: dataset.name, datasetSHA256: dataset.sha256, datasetNote: dataset.note, norm: norm,
      radii: radii, attacks: attacks.map { .init(name: $0.name, settings: $0.settings) },
      // Only what runs exactly as published may bear the name.
      autoAttackVersion: isAsAsked ? autoAttackVersion?.rawValue : nil, seed: seed,
      indices: positions.map { dataset.index(at: $0) }, backend: backend,
      notes: notes(rounding: rounding))
    settings.weights = network.weights
    settings.rounding = rounding
    guard let shard else { return settings }
    return try settings.part(shard)
  }

  /// Everything that a report has to say about how a run is done, in this order: how sums are
  /// rounded, where the network comes from, which attacks run otherwise than asked, and which radii
  /// forbid nothing.
  ///
  /// - Parameter rounding: of the engine.
  /// - Returns: a sentence each.
  func notes(rounding: [String]) -> [String] {
    let ofAttacks = attacks.flatMap { $0.notes(forClasses: network.classes) }
    let ofRadii = radii.compactMap { $0.note(in: norm, pixels: dataset.shape.count) }
    return Array(rounding.dropFirst()) + network.notes + ofAttacks + ofRadii
  }
}
