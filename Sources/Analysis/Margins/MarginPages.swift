internal import Files
internal import Foundation
internal import Pictures

/// What is written of an analysis of class margins.
public struct MarginPages: Sendable {
  private let analysis: MarginAnalysis
  private let source: AnalysisSource

  /// Prepares pages.
  ///
  /// - Parameters:
  ///   - analysis: the numbers.
  ///   - source: what they are of; as many networks as the analysis has.
  public init(_ analysis: MarginAnalysis, of source: AnalysisSource) {
    self.analysis = analysis
    self.source = source
  }

  /// Everything that the folder holds.
  ///
  /// - Returns: texts and pictures.
  /// - Throws: `EncodingError` when a number is not finite.
  public func folder() throws -> AnalysisFolder {
    try AnalysisFolder(
      analysis, of: source, markdown: markdown,
      pictures: [
        picture("margin", analysis.classes.filter { !$0.margins.isEmpty }, "class"),
        picture("margin-sorted", analysis.sorted, "classes, sorted"),
      ])
  }

  private var isPair: Bool { analysis.meanDifference != nil }

  private func picture(
    _ name: String, _ rows: [MarginAnalysis.Row], _ axis: String
  ) -> Picture {
    let title = Picture.title(source.captionLines(isPair ? ["A", "B"] : []))
    let what = isPair ? "margin of A − margin of B (probability)" : "class margin (probability)"
    return Picture(
      name: name, data: table(rows),
      commands: """
        \(title)
        set xlabel '\(axis)'
        set ylabel '\(what)'
        set style fill solid 0.8 noborder
        set xzeroaxis linetype -1
        set yrange [*<0:0<*]
        set xrange [-0.7:\(Double(rows.count) - 0.3)]
        set key off
        set errorbars linecolor rgb '#000000' linewidth 1
        plot '\(name).csv' every ::1 using 0:4:5:6:(0.7):xtic(int($0) % \(rows.count / 20 + 1) == 0 ? stringcolumn(1) : '') with boxerrorbars linetype 1
        """)
  }

  /// What is shown stands first, so that the script is the same for one network and for two.
  private func table(_ rows: [MarginAnalysis.Row]) -> String {
    var names = ["class", "name", "images", "shown", "low", "high"]
    for number in 1...(isPair ? 2 : 1) {
      names += ["margin_\(number)", "low_\(number)", "high_\(number)", "rival_\(number)"]
    }
    return csvLine(names)
      + rows.map { row in
        var fields = ["\(row.label)", row.name, "\(row.images)"] + row.shown.fields
        for (margin, rival) in zip(row.margins, row.rivals) {
          fields += margin.fields + ["\(rival)"]
        }
        return csvLine(fields)
      }.joined()
  }

  private var markdown: String {
    let letters = isPair ? ["A", "B"] : ["A"]
    let heads = letters.map { "margin of \($0)" } + (isPair ? ["A − B"] : [])
    let rows = analysis.classes.map { row -> [String] in
      let cells = row.margins.map(\.text) + (row.difference.map { [$0.text] } ?? [])
      return ["\(row.label)", row.name.asMarkdown, "\(row.images)"]
        + (cells.isEmpty ? heads.map { _ in "no image" } : cells)
    }
    let means =
      analysis.means.map(\.text) + (analysis.meanDifference.map { [$0.text] } ?? [])
    return AnalysisMarkdown(source: source).page(
      "Class margins", letters: letters,
      [
        """
        The margin of a class is the mean probability of that class over its images minus the largest mean \
        probability of another class (Cui et al., NeurIPS 2024, eq. 11). In brackets 95 % intervals of \
        \(analysis.draws) draws of images within classes, with seed \(analysis.seed); the same draws for both \
        networks.
        """,
        AnalysisMarkdown.table(
          ["class", "name", "images"] + heads, texts: 2,
          rows + [["", "mean over classes", ""] + means]),
        AnalysisMarkdown.picture("margin", "Class margins by class"),
        AnalysisMarkdown.picture("margin-sorted", "Class margins, sorted"),
      ])
  }
}
