internal import Tensors

extension RunSettings: Codable {
  /// The format of a run's files.
  ///
  /// Format 1 named radii only where a run had several: `radii` in `run.json`, `eps` in the ledger's
  /// lines and in `adversarial.h5`. It is read as what it means.
  static let format = 2

  private enum Key: String, CodingKey {
    case format, model, weights, architecture, dataset, norm, eps, radii, attacks, seed, indices
    case shard, backend, notes, rounding
    case allIndices = "all_indices"
    case modelSHA256 = "model_sha256"
    case datasetSHA256 = "dataset_sha256"
    case datasetNote = "dataset_note"
    case epsValue = "eps_value"
    case autoAttackVersion = "autoattack_version"
  }

  /// Reads settings of any format.
  ///
  /// - Parameter decoder: of `run.json`, or of a whole `result.json`.
  /// - Throws: `DecodingError` when a field is missing or of another type, the format is a later one,
  ///   or ``radii`` do not end with the largest.
  public init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Key.self)
    let format = try object.decodeIfPresent(Int.self, forKey: .format) ?? 1
    guard (1...Self.format).contains(format) else {
      throw DecodingError.dataCorruptedError(
        forKey: .format, in: object,
        debugDescription: "is \(format), expected 1 or \(Self.format); a later robeval reads it")
    }
    model = try object.decode(String.self, forKey: .model)
    modelSHA256 = try object.decode(String.self, forKey: .modelSHA256)
    weights = try object.decodeIfPresent(String.self, forKey: .weights)
    architecture = try object.decode(String.self, forKey: .architecture)
    dataset = try object.decode(String.self, forKey: .dataset)
    datasetSHA256 = try object.decode(String.self, forKey: .datasetSHA256)
    datasetNote = try object.decodeIfPresent(String.self, forKey: .datasetNote)
    norm = try object.decode(Norm.self, forKey: .norm)
    attacks = try object.decode([Attack].self, forKey: .attacks)
    autoAttackVersion = try object.decodeIfPresent(String.self, forKey: .autoAttackVersion)
    seed = try object.decode(UInt64.self, forKey: .seed)
    indices = try object.decode([Int].self, forKey: .indices)
    shard = try object.decodeIfPresent(Shard.self, forKey: .shard)
    allIndices = try object.decodeIfPresent([Int].self, forKey: .allIndices)
    backend = try object.decode(String.self, forKey: .backend)
    rounding = try object.decodeIfPresent([String].self, forKey: .rounding)
    notes = try object.decode([String].self, forKey: .notes)
    let largest = Epsilon(
      recorded: try object.decode(String.self, forKey: .eps),
      try object.decode(Double.self, forKey: .epsValue))
    let isNamed = format > 1 || object.contains(.radii)
    radii = isNamed ? try object.decode([Epsilon].self, forKey: .radii) : [largest]
    guard radii.last == largest, format > 1 || !isNamed || radii.count > 1 else {
      throw DecodingError.dataCorruptedError(
        forKey: .radii, in: object,
        debugDescription:
          "are not \(format > 1 ? "at least one" : "at least two") that ascend to eps, "
          + largest.text)
    }
  }

  /// Writes the settings in the newest format.
  ///
  /// - Parameter encoder: of `run.json`, or of a whole `result.json`.
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    try object.encode(Self.format, forKey: .format)
    try object.encode(model, forKey: .model)
    try object.encode(modelSHA256, forKey: .modelSHA256)
    try object.encodeIfPresent(weights, forKey: .weights)
    try object.encode(architecture, forKey: .architecture)
    try object.encode(dataset, forKey: .dataset)
    try object.encode(datasetSHA256, forKey: .datasetSHA256)
    try object.encodeIfPresent(datasetNote, forKey: .datasetNote)
    try object.encode(norm, forKey: .norm)
    try object.encode(largestRadius.text, forKey: .eps)
    try object.encode(largestRadius.value, forKey: .epsValue)
    try object.encode(radii, forKey: .radii)
    try object.encode(attacks, forKey: .attacks)
    try object.encodeIfPresent(autoAttackVersion, forKey: .autoAttackVersion)
    try object.encode(seed, forKey: .seed)
    try object.encode(indices, forKey: .indices)
    try object.encodeIfPresent(shard, forKey: .shard)
    try object.encodeIfPresent(allIndices, forKey: .allIndices)
    try object.encode(backend, forKey: .backend)
    try object.encodeIfPresent(rounding, forKey: .rounding)
    try object.encode(notes, forKey: .notes)
  }
}
