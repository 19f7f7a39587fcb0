import ArgumentParser
import Attacks
import Checkpoints
import CommandLineSupport
import Datasets
import Evaluation
import Execution
import Files
import Foundation
import Graphs
import Reports
import Tensors

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Attacks a checkpoint and writes a report (the default command).",
    discussion: """
      Example: robeval --model wrn34-10.h5 --eps 8/255
      The same command continues a run that was interrupted.
      """)

  @OptionGroup var source: ModelOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var compute: ComputeOptions

  @Option(help: "The norm of perturbations: Linf, L2 or L1.")
  var norm: NormName = .linf

  @Option(
    help: """
      The radius in units of [0, 1] pixels, for example 8/255 or 0.031; several, as in 2/255,8/255, \
      are done in one run.
      """)
  var eps: String

  @Option(
    help: """
      A preset (standard, plus and rand are AutoAttack's versions; screen is its first half), a list \
      such as apgd-ce,apgd-t(targets=3), or none for the clean accuracy; see `attacks`.
      """)
  var attacks: String = "standard"

  @Option(help: "The seed of all random numbers.")
  var seed: UInt64 = 0

  @Option(
    help: """
      Only the images whose index modulo n is i, written i/n with i from 0; see `merge`.
      """)
  var shard: String?

  @Option(help: "The run's folder; named after the settings, below Reports, by default.")
  var out: String?

  @Option(help: "Progress on standard error: auto, none or json.")
  var progress: ProgressStyle = .auto

  @Option(help: "What is printed at the end: a summary, or the report as md, csv or json.")
  var output: OutputStyle = .summary

  @Option(help: "The form of log.txt: plain, or autoattack for scripts that read that program's.")
  var logFormat: LogFormat = .plain

  @OptionGroup var demands: DemandOptions

  func validate() throws {
    if attacks == "none" { try checkUnattacked() }
    guard demands.stopWhenDecided else { return }
    if shard != nil {
      throw ValidationError(
        "--stop-when-decided cannot decide for a shard, which has a part of the images only")
    }
    if logFormat == .autoattack {
      throw ValidationError(
        "--log-format autoattack would call a partial result a robust accuracy; leave it out or "
          + "--stop-when-decided")
    }
  }

  /// Without attacks there is no robust accuracy to demand or to log.
  private func checkUnattacked() throws {
    if demands.failUnder != nil || demands.strict {
      throw ValidationError(
        "\(demands.strict ? "--strict" : "--fail-under") is about attacks; with --attacks none "
          + "leave it out")
    }
    if logFormat == .autoattack {
      throw ValidationError(
        "--log-format autoattack has no words for a run without attacks; leave it out or give "
          + "--attacks")
    }
  }

  func run() async throws {
    let (request, engine) = try await request()
    let folder = try out ?? defaultFolder(request.settings(on: engine))
    let progress = ProgressPrinter(progress)
    let finished: FinishedRun
    do {
      defer { progress.end() }
      finished = try await Interruption(of: "robeval").cancelling {
        try await request.run(on: engine, in: folder) { event in
          switch event {
          case .notice(let sentence): StandardError.write("robeval: \(sentence)\n")
          case .began(let settings, let forecast, let known):
            progress.begin(settings, forecast, lanes: engine.pool.lanes.count, known)
          case .settled(let entry): progress.update(entry)
          }
        }
      }
    } catch is CancellationError {
      throw EvaluationError(
        kind: .interrupted, place: folder,
        problem: "interrupted with everything settled kept; the same command goes on")
    }
    try await report(finished, of: request)
  }

  /// What the options ask for, and who computes it.
  private func request() async throws -> (EvaluationRequest, SearchEngine) {
    let radii = try Epsilon.list(eps, refusingAboveOne: norm == .linf)
    if radii.count > 1, logFormat == .autoattack {
      throw EvaluationError(
        kind: .usage, place: "--log-format",
        problem: "autoattack has no words for several radii; give one --eps, or leave it out")
    }
    let shard = try shard.map { try Shard($0) }
    let list = attacks == "none" ? nil : try AttackList.parse(attacks, in: norm.norm)
    let checkpoint = try source.checkpoint()
    let dataset = try data.dataset(for: checkpoint)
    var request = EvaluationRequest(
      of: EvaluatedNetwork(checkpoint, named: source.model.fileName), on: dataset,
      attacks: list.map { Array($0) } ?? [], norm: norm.norm, radii: radii)
    request.positions = try data.positions(in: dataset)
    request.autoAttackVersion = list?.autoAttackVersion
    request.seed = seed
    request.shard = shard
    request.gate = demands.earlyGate
    request.sources = RunSources(
      model: source.model, architecture: source.network.arch, weights: source.network.weights,
      dataset: data.dataset, data: data.data)
    // The lanes have their own packed form of the weights; the checkpoint ends here.
    return (
      request,
      try await compute.fittingEngine(for: checkpoint.model, images: request.positions.count)
    )
  }

  private func report(_ finished: FinishedRun, of request: EvaluationRequest) async throws {
    let result = finished.result
    let command = ShellText.repeating("robeval")
    let log: RunPages.Log =
      switch logFormat {
      case .plain: .plain
      case .autoattack:
        .autoAttack(
          try await finished.journal.pixelRange(of: request.dataset, at: request.ownPositions))
      }
    try finished.writePages(command: command, log: log, showing: request.dataset)
    switch output {
    case .summary: try StandardOutput.writeLine(SummaryText(result).text)
    case .md: try StandardOutput.writeLine(MarkdownReport(result, command: command).text)
    case .csv:
      try StandardOutput.write(ImageTable(result, entries: finished.entries).text)
    case .json: try StandardOutput.write(try jsonText(of: result))
    }
    if output == .summary { try StandardOutput.writeLine("report: \(finished.path)/report.md") }
    try demands.check(result)
  }

  /// The run's folder; that under a name which earlier versions gave it, if it is there.
  private func defaultFolder(_ settings: RunSettings) -> String {
    let model = settings.model.split(separator: ".").first.map(String.init) ?? "model"
    // Training calls its networks alike, so that their files' names do not tell them apart.
    let unique = "\(model)-\(settings.modelSHA256.prefix(8))"
    let earlier = [
      defaultName(settings, model, settings.weights),
      defaultName(settings, unique, settings.weights).asFileName,
    ]
    return "Reports/"
      + (earlier.first { RunDirectory.holds(settings, at: "Reports/" + $0) }
        ?? defaultName(settings, unique, source.network.weights).asFileName)
  }

  /// What a run is about, in words that a reader tells runs apart by.
  private func defaultName(_ settings: RunSettings, _ model: String, _ weights: String?) -> String {
    let parts: [String?] = [
      model, weights, settings.dataset,
      settings.norm.rawValue, settings.radiusText, attacks,
      "n\(settings.allIndices?.count ?? settings.indices.count)", "seed\(seed)",
      settings.shard.map { "shard\($0.number)-of-\($0.count)" },
    ]
    return parts.compactMap { $0 }.joined(separator: "_").map {
      $0.isLetter || $0.isNumber || "-_.".contains($0) ? String($0) : "-"
    }.joined()
  }
}

/// What is printed at the end of a run.
enum OutputStyle: String, ExpressibleByArgument, CaseIterable {
  case summary
  case md
  case csv
  case json
}

/// How the log is written.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
  case plain
  case autoattack
}

extension Journal {
  /// The pixels of all images as they stand after the run: adversarial where there is one.
  func pixelRange(of dataset: Dataset, at positions: [Int]) async throws -> PixelRange {
    var records: [Int: Int] = [:]
    for entry in entries where entry.record != nil { records[entry.index] = entry.record }
    var range = PixelRange()
    for position in positions {
      let image =
        try records[dataset.index(at: position)].map { try self.image($0) }
        ?? dataset.image(at: position)
      range.add(image.pixels)
    }
    return range
  }
}

/// Norms as a command line may spell them.
enum NormName: String, ExpressibleByArgument, CaseIterable {
  case linf = "Linf"
  case l2 = "L2"
  case l1 = "L1"

  init?(argument: String) {
    let name = argument.lowercased().filter { $0 != "_" && $0 != "-" }
    guard let norm = Self.allCases.first(where: { $0.rawValue.lowercased() == name }) else {
      return nil
    }
    self = norm
  }

  var norm: Norm {
    switch self {
    case .linf: .linf
    case .l2: .l2
    case .l1: .l1
    }
  }
}
