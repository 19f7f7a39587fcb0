import ArgumentParser
import CommandLineSupport
import Datasets
import Evaluation
import Files
import Reports

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Makes one table of many runs, the most robust network first, or a run's page.",
    discussion: """
      Example: robeval report Reports/* --format html > board.html
      Of a single run's folder, html makes the page that an evaluation writes as report.html.
      """)

  @Argument(help: "Folders of finished runs, or their result.json.")
  var runs: [String]

  @Option(help: "md, csv or html.")
  var format: TableFormat = .md

  @Option(help: "For a run's page: the checkpoint; by default where the run found it.")
  var model: String?

  @Option(help: "For a run's page: the images; by default where the run found them.")
  var data: String?

  /// Whether a run's own page is asked for.
  private var isOfOne: Bool { format == .html && runs.count == 1 && !runs[0].hasSuffix(".json") }

  func validate() throws {
    if model != nil || data != nil, !isOfOne {
      throw ValidationError("--model and --data are for the page of one run, with --format html")
    }
  }

  func run() throws {
    if isOfOne { return try writePage() }
    let results = try runs.map { try RecordedResult($0) }
    let pages = runs.map { path in
      path.hasSuffix(".json") ? nil : "\(path)/\(RunPage.name)"
    }
    let present = try pages.map { try $0.flatMap { try FileContents.exist(at: $0) ? $0 : nil } }
    try StandardOutput.write(Leaderboard(results, pages: present).text(format.format))
  }

  private func writePage() throws {
    let run = try RecordedRun(runs[0])
    let command = try PageCheck.command(of: run)
    let page = RunPage(
      run.rebuilt, entries: run.entries, command: command, showing: try exhibits(of: run))
    try StandardOutput.write(page.text)
  }

  /// Names and pictures; without them where the run's images are not at hand and nothing says where.
  private func exhibits(of run: RecordedRun) throws -> Exhibits {
    do {
      let dataset = try RunInputs(of: run, model: model, data: data).dataset
      guard dataset.sha256 == run.settings.datasetSHA256 else {
        throw EvaluationError(
          kind: .data, place: data ?? dataset.name,
          problem: "has other images than the run; name the run's with --data")
      }
      return try Exhibits(run.rebuilt, entries: run.entries, from: dataset, runIn: run.path)
    } catch  where model == nil && data == nil && (error is FileError || error is EvaluationError) {
      StandardError.write("the page has no pictures (\(error)); give --model and --data\n")
      return .none
    }
  }
}

/// Formats as a command line spells them.
enum TableFormat: String, ExpressibleByArgument, CaseIterable {
  case md
  case csv
  case html

  var format: Leaderboard.Format {
    switch self {
    case .md: .md
    case .csv: .csv
    case .html: .html
    }
  }
}
