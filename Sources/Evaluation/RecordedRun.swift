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

  /// Reads a run and checks that `result.json` says what follows from `run.json` and the ledger.
  ///
  /// - Parameter path: of the folder.
  /// - Throws: `FileError` when a file is missing or unreadable; ``EvaluationError`` at the first
  ///   contradiction.
  public init(_ path: String) throws {
    self.path = path
    let file = path + "/run.json"
    let bytes = try FileContents.read(file, limit: 1 << 28)
    guard let settings = try? JSONDecoder().decode(RunSettings.self, from: Data(bytes)) else {
      throw FileError(file, problem: "is not a run's settings")
    }
    self.settings = settings
    let recorded = try RecordedResult(path)
    if let partial = recorded.partial {
      throw EvaluationError(
        kind: .data, place: path,
        problem: "is partial, with \(partial.settled) of \(settings.indices.count) images settled; "
          + "repeat the run's command without --stop-when-decided, then verify")
    }
    entries = try Ledger.entries(of: path + "/ledger.jsonl")
    try checkSequence()
    try checkResult(recorded)
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

  private func checkResult(_ recorded: RecordedResult) throws {
    let file = path + "/result.json"
    let rebuilt = EvaluationResult(
      settings: settings, entries: entries, versions: recorded.versions,
      probe: try ProbeFindings.read(from: path))
    let expected = try JSONDecoder().decode(
      JSONValue.self, from: Data(try jsonText(of: rebuilt).utf8))
    let found = try JSONDecoder().decode(
      JSONValue.self, from: Data(try FileContents.read(file, limit: 1 << 28))
    ).renamingFields(Self.olderNames)
    if let difference = found.difference(from: expected) {
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
