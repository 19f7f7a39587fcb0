public import Files
internal import Foundation

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
  /// Images classified correctly and never fooled.
  public let robust: Proportion
  /// The stable indices of those, ascending.
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
    let bytes = try FileContents.read(file, limit: 1 << 28)
    do {
      self = try JSONDecoder().decode(RecordedResult.self, from: Data(bytes))
    } catch DecodingError.keyNotFound(let key, _) {
      throw FileError(file, key.stringValue, problem: "is missing; this is no robeval result")
    } catch {
      throw FileError(file, problem: "is no robeval result; give the folder of a finished run")
    }
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
    func share(_ key: EvaluationResult.Key) throws -> Proportion {
      let count = try object.decode(Int.self, forKey: key)
      guard (0...total).contains(count) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: object, debugDescription: "more images than there are")
      }
      return Proportion(count, of: total)
    }
    clean = try object.decode(EvaluationResult.AttackResult.self, forKey: .clean)
    attacks = try object.decode([EvaluationResult.AttackResult].self, forKey: .attacks)
    cleanCorrect = try share(.cleanCorrect)
    robust = try share(.robust)
    robustIndices = try object.decode([Int].self, forKey: .robustIndices)
    versions = try object.decode([String: String].self, forKey: .versions)
    partial = try object.decodeIfPresent(EvaluationResult.Partial.self, forKey: .partial)
    verdict = try object.decode(Verdict.self, forKey: .verdict)
  }
}
