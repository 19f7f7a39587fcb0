import ArgumentParser
import CommandLineSupport
import Evaluation
import Reports

struct MergeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Makes one run of the shards of an evaluation.",
    discussion: """
      Example: robeval merge part0 part1 part2 -o whole
      The result is the one that a single run over all the images has, times aside.
      """)

  @Argument(help: "The folders of the finished runs.")
  var runs: [String]

  @Option(name: .shortAndLong, help: "The folder of the merged run.")
  var out: String

  func run() async throws {
    let merged = try await RunMerge(runs).merge(into: out)
    try merged.writePages(command: ShellText.line(["robeval", "merge"] + runs + ["-o", out]))
    try StandardOutput.writeLine(SummaryText(merged.result).text)
    try StandardOutput.writeLine("report: \(out)/report.md")
  }
}
