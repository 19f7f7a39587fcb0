import ArgumentParser
import CommandLineSupport
import Evaluation
import Files
import Reports

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Says which images two runs disagree on, and whether the difference may be chance.")

  @Argument(help: "A run's folder or result.json.")
  var first: String

  @Argument(help: "Another run on the same images.")
  var second: String

  func run() throws {
    let comparison = try RunComparison(try RecordedResult(first), try RecordedResult(second))
    try StandardOutput.writeLine(ComparisonText(comparison).text)
  }
}
