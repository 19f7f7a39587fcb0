import ArgumentParser
import CommandLineSupport
import Evaluation
import Files
import Reports

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Makes one table of many runs, the most robust network first.",
    discussion: "Example: robeval report Reports/* --format html > board.html")

  @Argument(help: "Folders of finished runs, or their result.json.")
  var runs: [String]

  @Option(help: "md, csv or html.")
  var format: TableFormat = .md

  func run() throws {
    let results = try runs.map { try RecordedResult($0) }
    try StandardOutput.write(Leaderboard(results).text(format.format))
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
