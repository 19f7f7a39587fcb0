public import Files

/// What a `result.json` says, read back for tables and comparisons.
public struct RecordedResult: Sendable {
  /// What was run.
  public let settings: RunSettings
  /// The clean pass.
  public let clean: EvaluationResult.AttackResult
  /// The attacks in order.
  public let attacks: [EvaluationResult.AttackResult]
  /// Images classified correctly.
  public let cleanCorrect: Proportion
  /// Images classified correctly and never fooled; nil where nothing attacked.
  public let robust: Proportion?
  /// Images classified correctly and never fooled within each radius, ascending; empty where nothing
  /// attacked.
  public let robustWithin: [(radius: Epsilon, robust: Proportion)]
  /// The stable indices of the robust images, ascending; where nothing attacked of those classified
  /// correctly.
  public let robustIndices: [Int]
  /// The versions of everything involved.
  public let versions: [String: String]
  /// How far the robust accuracy can be trusted.
  public let verdict: Verdict
  /// Of a run that was ended before every image was settled; nil of a whole one.
  public let partial: EvaluationResult.Partial?

  /// Reads a result.
  ///
  /// - Parameter path: a run's folder, or its `result.json`.
  /// - Throws: `FileError` when it is missing or is no result.
  public init(_ path: String) throws(FileError) {
    let file = path.hasSuffix(".json") ? path : path + "/result.json"
    if Self.isUnfinished(path) {
      throw FileError(
        path, kind: .missing,
        problem: "is a run that is not finished; repeat its command, which goes on, and then this")
    }
    let bytes = try FileContents.read(file, limit: 1 << 28)
    // Another version may know other fields; what it says of the same things still counts.
    let written = try StrictJSON.decode(
      WrittenBy.self, from: bytes, of: file, strangers: .ignored
    ).versions["robeval"]
    self = try StrictJSON.decode(
      RecordedResult.self, from: bytes, of: file,
      strangers: written == ProgramVersion.text ? .refused : .ignored)
  }

  private struct WrittenBy: Decodable {
    var versions: [String: String]
  }

  /// Whether a folder holds a run's settings and no result yet.
  private static func isUnfinished(_ folder: String) -> Bool {
    (try? FileContents.size(of: folder + "/run.json")) != nil
      && (try? FileContents.size(of: folder + "/result.json")) == nil
  }

  /// Of a correctly classified image that fell, the attack that fooled it first.
  public var fooledBy: [Int: String] {
    var names: [Int: String] = [:]
    for attack in attacks {
      for index in attack.fooledIndices where names[index] == nil { names[index] = attack.name }
    }
    return names
  }
}

extension RecordedResult: Decodable {
  /// Reads the findings and the settings from one object.
  ///
  /// - Parameter decoder: of a whole `result.json`.
  /// - Throws: `DecodingError` when a field is missing, of another type or impossible.
  public init(from decoder: any Decoder) throws {
    settings = try RunSettings(from: decoder)
    let object = try decoder.container(keyedBy: EvaluationResult.Key.self)
    let total = settings.indices.count
    let isAttacked = !settings.attacks.isEmpty
    func share(_ count: Int, _ key: EvaluationResult.Key) throws -> Proportion {
      guard (0...total).contains(count) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: object, debugDescription: "more images than there are")
      }
      return Proportion(count, of: total)
    }
    func share(_ key: EvaluationResult.Key) throws -> Proportion {
      try share(object.decode(Int.self, forKey: key), key)
    }
    clean = try object.decode(EvaluationResult.AttackResult.self, forKey: .clean)
    attacks = try object.decode([EvaluationResult.AttackResult].self, forKey: .attacks)
    cleanCorrect = try share(.cleanCorrect)
    let robust = isAttacked ? try share(.robust) : nil
    self.robust = robust
    if isAttacked, object.contains(.radii) {
      robustWithin = try object.decode([RecordedRadius].self, forKey: .radii).map {
        ($0.radius, try share($0.robust, .radii))
      }
    } else {
      // Format 1 does not repeat what was found within the radius of a run that has one.
      let radius = settings.largestRadius
      robustWithin = robust.map { [(radius, $0)] } ?? []
    }
    robustIndices = try object.decode(
      [Int].self, forKey: isAttacked ? .robustIndices : .cleanCorrectIndices)
    versions = try object.decode([String: String].self, forKey: .versions)
    partial = try object.decodeIfPresent(EvaluationResult.Partial.self, forKey: .partial)
    verdict = isAttacked ? try object.decode(Verdict.self, forKey: .verdict) : Verdict([])
    // What follows from the rest is known, but not read.
    for key in EvaluationResult.Key.allCases { _ = object.contains(key) }
    guard robustIndices.count == (robust ?? cleanCorrect).count,
      Set(robustIndices).isSubset(of: settings.indices)
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .robustIndices, in: object,
        debugDescription: "lists other images as robust than it counts")
    }
  }
}

/// One radius of a run, as `result.json` has it.
private struct RecordedRadius: Decodable {
  var radius: Epsilon
  var robust: Int

  init(from decoder: any Decoder) throws {
    radius = try Epsilon(from: decoder)
    robust = try decoder.container(keyedBy: EvaluationResult.RadiusResult.Key.self)
      .decode(Int.self, forKey: .robust)
  }
}
