internal import Files
internal import Foundation

/// A finished run as its folder tells it, checked for contradictions between its files.
public struct RecordedRun: Sendable {
  /// The folder.
  public let path: String
  /// What was run.
  public let settings: RunSettings
  /// The ledger, in the order in which it was written.
  public let entries: [LedgerEntry]
  /// What `probe.json` says; nil where the network was not probed.
  public let probe: ProbeFindings?
  /// What `result.json` says.
  public let result: RecordedResult
  /// Whether this version of the program wrote the result, so that its pages must look as they
  /// would now.
  public var isOfThisVersion: Bool { result.versions["robeval"] == ProgramVersion.text }

  /// Reads a run and checks that `result.json` says what follows from `run.json` and the ledger.
  ///
  /// - Parameter path: of the folder.
  /// - Throws: `FileError` when a file is missing or unreadable; ``EvaluationError`` at the first
  ///   contradiction.
  public init(_ path: String) throws {
    self.path = path
    let file = path + "/run.json"
    let bytes = try FileContents.read(file, limit: 1 << 28)
    settings = try StrictJSON.decode(RunSettings.self, from: bytes, of: file)
    if let problem = settings.problem {
      throw EvaluationError(kind: .data, place: file, problem: problem)
    }
    let recorded = try RecordedResult(path)
    if let partial = recorded.partial {
      throw EvaluationError(
        kind: .data, place: path,
        problem: "is partial, with \(partial.settled) of \(settings.indices.count) images settled; "
          + "repeat the run's command without --stop-when-decided, then verify")
    }
    let settings = settings
    entries = try Ledger.entries(of: path + "/ledger.jsonl").map { $0.completed(by: settings) }
    probe = try ProbeFindings.read(from: path)
    result = recorded
    try checkSequence()
    try checkResult()
  }

  /// Every image has a clean pass, then the attacks in order, within one radius after the other, up
  /// to the first that fooled it.
  private func checkSequence() throws(EvaluationError) {
    let sequences = Dictionary(grouping: entries, by: \.index)
    let asked = Set(settings.indices)
    if let stranger = sequences.keys.sorted().first(where: { !asked.contains($0) }) {
      throw contradiction("ledger.jsonl", "has image \(stranger), which is not in run.json")
    }
    let order = [LedgerEntry.clean] + settings.steps
    for index in settings.indices {
      let own = sequences[index] ?? []
      let names = own.map(\.step)
      guard names == Array(order.prefix(names.count)), let last = own.last else {
        throw contradiction(
          "ledger.jsonl",
          "image \(index) has \(names.isEmpty ? "no entry" : names.joined(separator: ", ")), "
            + "expected \(order.joined(separator: ", ")) in this order")
      }
      let isEarly = own.dropLast().contains { $0.outcome == .fooled || $0.outcome == .wrong }
      let isOver = last.outcome == .fooled || last.outcome == .wrong || own.count == order.count
      guard isOver, !isEarly else {
        throw contradiction(
          "ledger.jsonl",
          "image \(index) ends with \(last.step): \(last.outcome.rawValue); "
            + "an image is done when it is wrong or fooled, or has survived every attack")
      }
    }
  }

  /// Results of before both kinds of interval were named have Wilson's under these names.
  private static let olderNames = [
    "interval95": "wilson95", "clean_interval95": "clean_wilson95",
  ]

  /// The result that follows from settings, ledger and probe.
  public var rebuilt: EvaluationResult {
    EvaluationResult(
      settings: settings, entries: entries, versions: result.versions, probe: probe)
  }

  private func checkResult() throws {
    guard Set(result.versions.keys) == ["robeval", "backend"],
      result.versions["backend"] == settings.backend
    else { throw contradiction("result.json", "versions are not those of run.json") }
    let file = path + "/result.json"
    let expected = try StrictJSON.value(of: Array(try jsonText(of: rebuilt).utf8), file)
    let found = try StrictJSON.value(of: try FileContents.read(file, limit: 1 << 28), file)
      .renamingFields(isOfThisVersion ? [:] : Self.olderNames)
    if let difference = found.difference(from: expected, onlyShared: !isOfThisVersion) {
      throw contradiction(
        "result.json",
        "\(difference.path) is \(difference.own); from run.json and the ledger follows "
          + difference.other)
    }
  }

  func contradiction(_ file: String, _ problem: String) -> EvaluationError {
    EvaluationError(kind: .data, place: "\(path)/\(file)", problem: problem)
  }
}
