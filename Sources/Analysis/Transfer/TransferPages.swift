internal import Files
internal import Foundation
internal import Pictures

/// What is written of an analysis of transfer.
public struct TransferPages: Sendable {
  private let analysis: TransferAnalysis
  private let source: AnalysisSource

  /// Prepares pages.
  ///
  /// - Parameters:
  ///   - analysis: the numbers.
  ///   - source: what they are of.
  public init(_ analysis: TransferAnalysis, of source: AnalysisSource) {
    self.analysis = analysis
    self.source = source
  }

  /// Everything that the folder holds.
  ///
  /// - Returns: texts and pictures.
  /// - Throws: `EncodingError` when a number is not finite.
  public func folder() throws -> AnalysisFolder {
    try AnalysisFolder(
      analysis, of: source, markdown: markdown, pictures: [picture])
  }

  private var picture: Picture {
    let names = source.letters.enumerated().map { "'\($1)' \($0)" }
    let runs = analysis.runs.enumerated().map { "\(Picture.quoted($1.name)) \($0)" }
    let title =
      ["adversarial images that fool each network (%)"] + source.captionLines(source.letters)
    return Picture(
      name: "transfer", data: table,
      commands: """
        \(Picture.title(title))
        set xtics (\(names.joined(separator: ", ")))
        set ytics (\(runs.joined(separator: ", "))) noenhanced font ',11'
        set xrange [-0.5:\(Double(source.networks.count) - 0.5)]
        set yrange [\(Double(analysis.runs.count) - 0.5):-0.5]
        set cbrange [0:100]
        set cbtics 50
        set palette defined (0 '#ffffff', 100 '#D55E00')
        set style fill solid border rgb '#000000'
        unset grid
        set key off
        plot 'transfer.csv' every ::1 using 2:1:($2-0.5):($2+0.5):($1-0.5):($1+0.5):(100*$8) with boxxyerror palette, '' every ::1 using 2:1:(sprintf('%.1f', 100*$8)) with labels
        """, size: (640, 160 + 60 * analysis.runs.count + 16 * source.networks.count))
  }

  private var table: String {
    csvLine([
      "run", "network", "run_name", "network_file", "images", "clean_correct", "fooled", "rate",
      "low", "high", "misclassified",
    ])
      + analysis.cells.map { cell in
        csvLine(
          [
            "\(cell.run)", "\(cell.network)", analysis.runs[cell.run].name,
            source.networks[cell.network].file, "\(cell.images)", "\(cell.correct)",
            "\(cell.fooled)", cell.rate.map { "\($0)" } ?? "NaN",
          ] + (cell.interval ?? [.nan, .nan]).map { "\($0)" } + ["\(cell.misclassified)"])
      }.joined()
  }

  private var markdown: String {
    let rows = analysis.cells.map { cell -> [String] in
      let share = cell.rate.map { AnalysisMarkdown.share($0, cell.interval ?? [0, 0]) }
      return [
        analysis.runs[cell.run].name.asMarkdown, source.letters[cell.network], "\(cell.images)",
        "\(cell.correct)", "\(cell.fooled)", share ?? "none is correct", "\(cell.misclassified)",
      ]
    }
    let runs = analysis.runs.map { "- \($0.name.asMarkdown): \($0.attack.asMarkdown)" }
    return AnalysisMarkdown(source: source).page(
      "Transfer of adversarial images", letters: source.letters,
      [
        "Runs:\n\n" + runs.joined(separator: "\n"),
        """
        Of a run's adversarial images those count whose clean image the network classifies correctly; the \
        share of them that it misclassifies as adversarial ones is the rate, with 95 % intervals by \
        Clopper and Pearson. The last column counts every adversarial image that it misclassifies.
        """,
        AnalysisMarkdown.table(
          ["run", "network", "images", "clean correct", "fooled", "rate", "misclassified"],
          texts: 2, rows),
        AnalysisMarkdown.picture("transfer", "Share of adversarial images that fool each network"),
      ])
  }
}
