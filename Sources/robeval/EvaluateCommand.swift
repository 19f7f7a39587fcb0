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
    let radii = try Epsilon.list(eps, refusingAboveOne: norm == .linf)
    if radii.count > 1, logFormat == .autoattack {
      throw EvaluationError(
        kind: .usage, place: "--log-format",
        problem: "autoattack has no words for several radii; give one --eps, or leave it out")
    }
    let shard = try shard.map { try Shard($0) }
    let list =
      self.attacks == "none" ? nil : try AttackList.parse(self.attacks, in: norm.norm)
    let attacks = list.map { Array($0) } ?? []
    var checkpoint = try source.checkpoint()
    let dataset = try data.dataset(for: checkpoint)
    let allPositions = try data.positions(in: dataset)
    let (pool, notes) = try compute.pool(
      for: checkpoint.model, images: allPositions.count)
    // The lanes have their own packed form, and large networks are held often enough.
    checkpoint.model.parameters = [:]
    var allSettings = try settings(
      radii, attacks, checkpoint, dataset, allPositions,
      version: list?.autoAttackVersion, notes: notes)
    allSettings.rounding = try compute.rounding(notes)
    let asked = try shard.map { try allSettings.part($0) } ?? allSettings
    let positions = allPositions.filter { shard?.contains(dataset.index(at: $0)) ?? true }
    let folder = out ?? defaultFolder(asked)
    let directory = try RunDirectory(folder, settings: asked)
    // As the run began: spelt otherwise, its files would contradict each other.
    let settings = directory.settings
    // The folder is this process's until the report is written.
    defer { withExtendedLifetime(directory) {} }
    try RunSources(
      model: source.model, architecture: source.network.arch, weights: source.network.weights,
      dataset: data.dataset, data: data.data
    ).write(into: folder)
    let journal = try directory.journal(shape: dataset.shape) { sentence in
      StandardError.write("robeval: \(sentence)\n")
    }
    let evaluation = EvaluationRun(
      dataset: dataset, positions: positions, attacks: attacks, norm: norm.norm,
      radii: radii, seed: seed)
    // Of the whole run, so that every shard finds the same.
    let probe = NetworkProbe(
      dataset: dataset, positions: allPositions, norm: norm.norm,
      radius: Float(settings.epsValue))
    let asksFirst = self.attacks != "none"
    let (progress, gate) = (progress, demands.earlyGate)
    do {
      try await Interruption(of: "robeval").cancelling {
        try await directory.folder.whileOwned {
          // Asked once a run; a run that attacks nothing has nothing to doubt.
          if try asksFirst && ProbeFindings.read(from: folder) == nil {
            let findings = try await probe.ask(pool)
            guard findings.lossAfterOneStep.isFinite, findings.spread.isFinite else {
              throw EvaluationError(
                kind: .data, place: settings.model,
                problem:
                  "the network's logits are not finite numbers; check the checkpoint's weights"
              )
            }
            try findings.write(into: folder)
          }
          let known = await journal.entries
          let forecast = try await Forecast(measuring: pool, on: dataset.image(at: positions[0]))
          let printer = ProgressPrinter(
            progress, RunProgress(settings, forecast: forecast, entries: known))
          printer.begin(settings, forecast, lanes: pool.lanes.count, settled: known.count)
          defer { printer.end() }
          try await evaluation.run(on: pool, into: journal, until: gate) { printer.update($0) }
        }
      }
    } catch is CancellationError {
      throw EvaluationError(
        kind: .interrupted, place: folder,
        problem: "interrupted with everything settled kept; the same command goes on")
    }
    try await report(settings, journal, dataset, positions, into: folder)
  }

  private func report(
    _ settings: RunSettings, _ journal: Journal, _ dataset: Dataset, _ positions: [Int],
    into folder: String
  ) async throws {
    let entries = await journal.entries
    let result = EvaluationResult(
      settings: settings, entries: entries,
      versions: ["robeval": Version.text, "backend": settings.backend],
      probe: try ProbeFindings.read(from: folder), gate: demands.earlyGate)
    try await AdversarialFile.write(
      to: folder + "/adversarial.h5", from: journal, settings: settings)
    let command = ShellText.line(["robeval"] + CommandLine.arguments.dropFirst())
    let log: RunPages.Log =
      switch logFormat {
      case .plain: .plain
      case .autoattack: .autoAttack(try await journal.pixelRange(of: dataset, at: positions))
      }
    try ReportWriter.write(result, entries: entries, into: folder, command: command, log: log)
    switch output {
    case .summary: try StandardOutput.writeLine(SummaryText(result).text)
    case .md: try StandardOutput.writeLine(MarkdownReport(result, command: command).text)
    case .csv: try StandardOutput.write(ImageTable(result, entries: entries).text)
    case .json: try StandardOutput.write(try jsonText(of: result))
    }
    if output == .summary { try StandardOutput.writeLine("report: \(folder)/report.md") }
    try demands.check(result)
  }

  private func settings(
    _ radii: [Epsilon], _ attacks: [any Attack], _ checkpoint: Checkpoint, _ dataset: Dataset,
    _ positions: [Int], version: AttackPreset?, notes: [String]
  ) throws -> RunSettings {
    let isAsAsked = attacks.allSatisfy { $0.notes(forClasses: checkpoint.classes).isEmpty }
    // Only what runs exactly as published may bear the name.
    let autoAttack = isAsAsked ? version : nil
    var settings = RunSettings(
      model: source.model.fileName, modelSHA256: checkpoint.sha256,
      architecture: checkpoint.architecture, dataset: dataset.name, datasetSHA256: dataset.sha256,
      datasetNote: dataset.note, norm: norm.norm, eps: radii[0],
      attacks: attacks.map { .init(name: $0.name, settings: $0.settings) },
      autoAttackVersion: autoAttack?.rawValue, seed: seed,
      indices: positions.map { dataset.index(at: $0) },
      backend: try compute.search().description,
      notes: RunSettings.notes(
        rounding: notes, checkpoint: checkpoint, attacks: attacks, norm: norm.norm, radii: radii,
        pixels: dataset.shape.count))
    settings.weights = checkpoint.weights
    return settings.within(radii)
  }

  /// The run's folder; that under the name which earlier versions gave it, if it is there.
  private func defaultFolder(_ settings: RunSettings) -> String {
    let model = settings.model.split(separator: ".").first.map(String.init) ?? "model"
    let earlier = "Reports/" + defaultName(settings, model: model)
    if RunDirectory.holds(settings, at: earlier) { return earlier }
    // Training calls its networks alike, so that their files' names do not tell them apart.
    return "Reports/"
      + defaultName(settings, model: "\(model)-\(settings.modelSHA256.prefix(8))").asFileName
  }

  /// What a run is about, in words that a reader tells runs apart by.
  private func defaultName(_ settings: RunSettings, model: String) -> String {
    let parts: [String?] = [
      model, settings.weights, settings.dataset,
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
