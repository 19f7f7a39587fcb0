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
    let merge = try RunMerge(runs)
    let probe = try merge.probe()
    let journal = try await merge.merge(into: out)
    let entries = await journal.entries
    try probe?.write(into: out)
    // The parts' own notes; checksums tell whether what lies there is still what was evaluated.
    let sources = try runs.compactMap { try RunSources.read(from: $0) }
    try sources.first?.write(into: out)
    let result = EvaluationResult(
      settings: merge.settings, entries: entries,
      versions: ["robeval": Version.text, "backend": merge.settings.backend], probe: probe)
    try await AdversarialFile.write(
      to: out + "/adversarial.h5", from: journal, settings: merge.settings)
    try ReportWriter.write(
      result, entries: entries, into: out,
      command: ShellText.line(["robeval", "merge"] + runs + ["-o", out]))
    try StandardOutput.writeLine(SummaryText(result).text)
    try StandardOutput.writeLine("report: \(out)/report.md")
  }
}
