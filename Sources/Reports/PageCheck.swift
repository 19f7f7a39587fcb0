public import Evaluation
internal import Files
internal import Foundation

/// Makes a run's pages again from its ledger and images, and compares them byte by byte.
public struct PageCheck: Sendable {
  /// The files that are as they must be.
  public private(set) var compared: [String] = []
  /// The files that were not compared, with the reason.
  public private(set) var notCompared: [(name: String, reason: String)] = []
  /// What the report says repeats the run; nothing else of the report is taken on trust.
  public private(set) var command: String?

  /// Files of a run that are checked elsewhere, or say nothing of its outcome.
  private static let others: Set = [
    "run.json", "ledger.jsonl", "adversarial.h5", "adversarial.f32", "boundary.f32", "probe.json",
    "sources.json",
  ]
  /// What a run keeps for itself while it goes on.
  private static let empty: Set = ["lock", "owner"]

  private let run: RecordedRun

  /// Compares.
  ///
  /// - Parameters:
  ///   - run: whose ledger and probe are verified.
  ///   - pixels: of all images as they stand after the run.
  /// - Throws: ``EvaluationError`` at the first file that is not as it must be; `FileError` when one
  ///   cannot be read.
  public init(_ run: RecordedRun, pixels: PixelRange) throws {
    self.run = run
    let present = try FileManager.default.contentsOfDirectory(atPath: run.path).sorted()
    if run.isOfThisVersion {
      try comparePages(present, pixels)
      try compareRecords(present)
    } else {
      let version = run.result.versions["robeval"] ?? "an unnamed version"
      // Its settings, its probe and the fields of its result that are known here were compared.
      notCompared += RunPages.names.filter { present.contains($0) && $0 != "result.json" }.map {
        ($0, "is by \(version), not by \(ProgramVersion.text), and may say anything")
      }
    }
    let known = Self.others.union(Self.empty).union(RunPages.names)
    for name in present where !known.contains(name) {
      notCompared.append((name, "is no file of a run"))
    }
    if present.contains("sources.json") {
      notCompared.append(("sources.json", "says where the run's files were found"))
    }
  }

  private mutating func comparePages(_ present: [String], _ pixels: PixelRange) throws {
    let report = try text("report.md")
    guard let command = MarkdownReport.command(in: report) else {
      throw contradiction("report.md", "does not say how the run is repeated")
    }
    self.command = command
    let rebuilt = run.rebuilt
    let plain = try RunPages(rebuilt, entries: run.entries, command: command).texts
    let other = try RunPages(
      rebuilt, entries: run.entries, command: command, log: .autoAttack(pixels)
    ).texts
    for name in RunPages.names {
      guard let expected = plain[name] else {
        if present.contains(name) {
          throw contradiction(name, "is there, though such a run has no file of that name")
        }
        continue
      }
      let found = try text(name)
      if found != expected && found != other[name] {
        throw contradiction(name, Self.difference(found, from: expected))
      }
      compared.append(name)
    }
  }

  /// Files that are read as values must not hide anything between these.
  private mutating func compareRecords(_ present: [String]) throws {
    var expected = ["run.json": try jsonText(of: run.settings)]
    if let probe = run.probe { expected["probe.json"] = try jsonText(of: probe) }
    for (name, expected) in expected.sorted(by: { $0.key < $1.key }) {
      let found = try text(name)
      guard found == expected else {
        throw contradiction(name, Self.difference(found, from: expected))
      }
      compared.append(name)
    }
  }

  private func text(_ name: String) throws -> String {
    let path = "\(run.path)/\(name)"
    let bytes = try FileContents.read(path, limit: 1 << 30)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError(path, problem: "is not text; the run's command writes it anew")
    }
    return text
  }

  private func contradiction(_ name: String, _ problem: String) -> EvaluationError {
    EvaluationError(kind: .data, place: "\(run.path)/\(name)", problem: problem)
  }

  /// The first line that differs.
  private static func difference(_ found: String, from expected: String) -> String {
    let lines = found.split(separator: "\n", omittingEmptySubsequences: false)
    let wanted = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let place = zip(lines, wanted).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    let line = place ?? min(lines.count, wanted.count)
    func quoted(_ lines: [Substring]) -> String {
      line < lines.count ? "“\(lines[line].prefix(100))”" : "nothing"
    }
    return "line \(line + 1) is \(quoted(lines)); from ledger and images follows "
      + "\(quoted(wanted)) (the run's command writes the file anew)"
  }
}
