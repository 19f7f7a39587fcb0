import ArgumentParser

struct AnalyzeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze", abstract: "Computes and draws the figures of papers for checkpoints.",
    discussion: """
      Each analysis writes a folder with analysis.json (every number), CSV files, analysis.md, and for \
      each picture its data, its gnuplot script, SVG and PNG.
      """,
    subcommands: [
      AnalyzeMarginCommand.self, AnalyzeTransferCommand.self, AnalyzeSimilarityCommand.self,
      AnalyzeDiversityCommand.self, AnalyzeCurveCommand.self, AnalyzeAmbiguousCommand.self,
      AnalyzeDiscrepancyCommand.self, AnalyzeFeaturesCommand.self,
    ])
}
