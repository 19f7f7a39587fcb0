import Analysis
import ArgumentParser
import CommandLineSupport
import Evaluation
import Files

struct AnalyzeCurveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "curve",
    abstract: "Accuracy over the radius, from runs with one radius or several.",
    discussion: """
      Runs of one network with the same attacks make one curve; several networks stand in one picture. \
      Where a run searched for nearest images, as FAB-T does, the shares that their distances leave are \
      drawn beside. Example: robeval analyze curve Reports/a Reports/b
      """)

  @Argument(help: "Folders of finished runs on the same images, in one norm.")
  var runs: [String]

  @OptionGroup var output: AnalysisOutputOptions

  func run() throws {
    let analysis = try CurveAnalysis(try runs.map { try RecordedRun($0) })
    let folder = try output.folder("curve", analysis.series.map(\.network))
    let command = ShellText.repeating("robeval")
    try output.write(
      try CurvePages(analysis, version: Version.text, command: command).folder(), to: folder)
  }
}
