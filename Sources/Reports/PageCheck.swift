public import Datasets
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
  ///   - dataset: which the run was about.
  /// - Throws: ``EvaluationError`` at the first file that is not as it must be; `FileError` when one
  ///   cannot be read.
  public init(_ run: RecordedRun, pixels: PixelRange, on dataset: Dataset) throws {
    self.run = run
    let present = try FileManager.default.contentsOfDirectory(atPath: run.path).sorted()
    if run.isOfThisVersion {
      try comparePages(present, pixels)
      if present.contains(RunPage.name) { try comparePage(dataset) }
      try compareRecords(present)
    } else {
      let version = run.result.versions["robeval"] ?? "an unnamed version"
      // Its settings, its probe and the fields of its result that are known here were compared.
      notCompared += (RunPages.names + [RunPage.name]).filter {
        present.contains($0) && $0 != "result.json"
      }.map {
        ($0, "is by \(version), not by \(ProgramVersion.text), and may say anything")
      }
    }
    let known = Self.others.union(Self.empty).union(RunPages.names)
      .union([RunPage.name])
    for name in present where !known.contains(name) {
      notCompared.append((name, "is no file of a run"))
    }
    if present.contains("sources.json") {
      notCompared.append(("sources.json", "says where the run's files were found"))
    }
  }

  /// What a run's report says repeats it.
  ///
  /// - Parameter run: with its folder.
  /// - Returns: one line.
  /// - Throws: `FileError` where the report cannot be read; ``EvaluationError`` where it says nothing.
  public static func command(of run: RecordedRun) throws -> String {
    guard let command = MarkdownReport.command(in: try text("report.md", of: run)) else {
      throw contradiction(run, "report.md", "does not say how the run is repeated")
    }
    return command
  }

  private mutating func comparePages(_ present: [String], _ pixels: PixelRange) throws {
    let command = try Self.command(of: run)
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

  /// A merged run's page has no images; one of a run from before there were pages is absent.
  private mutating func comparePage(_ dataset: Dataset) throws {
    let (rebuilt, found) = (run.rebuilt, try text(RunPage.name))
    func page(showing exhibits: Exhibits) -> String {
      RunPage(rebuilt, entries: run.entries, command: command ?? "", showing: exhibits).text
    }
    let whole = page(
      showing: try Exhibits(rebuilt, entries: run.entries, from: dataset, runIn: run.path))
    if found != whole {
      let plain = page(showing: .none)
      guard found == plain else {
        throw contradiction(
          RunPage.name, Self.difference(found, from: found.contains("<figure>") ? whole : plain))
      }
    }
    compared.append(RunPage.name)
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

  private func text(_ name: String) throws -> String { try Self.text(name, of: run) }

  private static func text(_ name: String, of run: RecordedRun) throws -> String {
    let path = "\(run.path)/\(name)"
    let bytes = try FileContents.read(path, limit: 1 << 30)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError(path, problem: "is not text; the run's command writes it anew")
    }
    return text
  }

  private func contradiction(_ name: String, _ problem: String) -> EvaluationError {
    Self.contradiction(run, name, problem)
  }

  private static func contradiction(
    _ run: RecordedRun, _ name: String, _ problem: String
  ) -> EvaluationError {
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
