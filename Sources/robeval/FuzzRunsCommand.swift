import ArgumentParser
import Attacks
import Checkpoints
import Datasets
import Evaluation
import Execution
import Files
import Foundation
import OneDNNBackend
import OpenBLASBackend
import Reports
import Tensors

/// For fuzzing: does with many runs in one process what the commands do, and says how each ended.
struct FuzzRunsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz-runs",
    abstract: "Verifies, merges, tabulates, compares and resumes each run of a list.",
    shouldDisplay: false)

  @Argument(help: "A finished run that the others are mutants of.")
  var base: String

  @Argument(help: "A text file with one folder a line.")
  var list: String

  func run() async throws {
    let judge = try MutantJudge(base)
    let paths = String(decoding: try FileContents.read(list, limit: 1 << 28), as: UTF8.self)
    for path in paths.split(separator: "\n") {
      let (seconds, ends) = await judge.judge(String(path))
      // Unbuffered, so that a crash shows which run it was.
      let line = String(format: "%.3f %d ", seconds, Self.mebibytes) + ends.joined(separator: " ")
      FileHandle.standardOutput.write(Data("\(path)\t\(line)\n".utf8))
    }
  }

  /// The most memory that the process has had.
  private static var mebibytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss / 1024
  }
}

/// Everything that mutants of one run share.
private struct MutantJudge {
  private let base: String
  private let request: EvaluationRequest
  private let engine: SearchEngine
  private let checkpoint: Checkpoint
  private let dataset: Dataset
  private let exact: any CompiledNetwork

  init(_ base: String) throws {
    self.base = base
    let recorded = try RecordedRun(base)
    let sources = try RunSources.read(from: base)
    let settings = recorded.settings
    checkpoint = try ModelReader.read(
      sources?.model ?? "", architecture: nil, normalization: nil, dataset: nil)
    dataset = try DatasetCatalog.load(name: settings.dataset, directory: nil)
    let backend = OpenBLASBackend()
    exact = try backend.compile(checkpoint.model, for: .exact)
    engine = try SearchEngine(
      checkpoint.model, on: backend, lanes: 1, width: 8,
      prepareThread: { OneDNNBackend.limitThreads() })
    var request = EvaluationRequest(
      of: EvaluatedNetwork(checkpoint, named: settings.model), on: dataset,
      attacks: Array(
        try AttackList(
          recorded: settings.attacks.map { ($0.name, $0.settings) }, in: settings.norm)),
      norm: settings.norm, radii: settings.radii)
    request.positions = Array(0..<settings.indices.count)
    self.request = request
    // Otherwise every mutant would be refused as another run.
    guard try request.settings(on: engine) == settings else {
      throw FileError(base, problem: "is not a run of this machine's OpenBLAS on first images")
    }
  }

  /// The seconds of the slowest step, and a word a step.
  func judge(_ path: String) async -> (seconds: Double, ends: [String]) {
    var slowest = 0.0
    var ends: [String] = []
    func attempt(_ name: String, _ step: () async throws -> Void) async {
      let start = ContinuousClock.now
      do {
        try await step()
        ends.append("\(name)-done")
      } catch {
        ends.append("\(name)-" + Self.end(of: error))
      }
      let parts = (ContinuousClock.now - start).components
      slowest = max(slowest, Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
    }
    await attempt("verify") { try await verify(path) }
    await attempt("report") { _ = Leaderboard([try RecordedResult(path)]).text(.md) }
    await attempt("diff") {
      let comparison = try RunComparison(try RecordedResult(base), try RecordedResult(path))
      _ = ComparisonText(comparison).text
    }
    await attempt("merge") { try await merge(path) }
    await attempt("resume") { try await resume(path) }
    return (slowest, ends)
  }

  /// A refusal is one short sentence.
  private static func end(of error: any Error) -> String {
    let text = "\(error)"
    guard error is FileError || error is EvaluationError, text.count < 1500, !text.contains("\n")
    else {
      return
        "UNCLEAR(\(text.prefix(300).split(whereSeparator: \.isWhitespace).joined(separator: "_")))"
    }
    return "refused"
  }

  private func verify(_ path: String) async throws {
    let run = try RecordedRun(path)
    let findings = try await Verification(
      of: run, on: dataset, by: checkpoint, with: exact, on: engine.pool
    ).check()
    let pages = try PageCheck(run, pixels: findings.pixels, on: dataset)
    _ = VerificationText(findings, pages, run.settings, backend: "").text
  }

  private func merge(_ path: String) async throws {
    let merged = try await RunMerge([path]).merge(into: path + "-merged")
    _ = try RunPages(merged.result, entries: merged.entries, command: "")
  }

  private func resume(_ path: String) async throws {
    let finished = try await request.run(on: engine, in: path)
    _ = try RunPages(finished.result, entries: finished.entries, command: "")
    _ = SummaryText(finished.result).text
  }
}
