internal import Files
internal import Foundation
internal import Pictures
internal import Reports
public import Tensors

/// What is written of ambiguous images.
public struct AmbiguityPages: Sendable {
  private let analysis: AmbiguityAnalysis
  private let source: AnalysisSource
  private let images: [Int: Image]

  /// Prepares pages.
  ///
  /// - Parameters:
  ///   - analysis: the numbers.
  ///   - source: what they are of.
  ///   - images: the listed ones by stable index.
  public init(_ analysis: AmbiguityAnalysis, of source: AnalysisSource, images: [Int: Image]) {
    self.analysis = analysis
    self.source = source
    self.images = images
  }

  /// Everything that the folder holds.
  ///
  /// - Returns: texts and pictures; an image that is neither grey nor of three colours is left out.
  /// - Throws: `EncodingError` when a number is not finite.
  public func folder() throws -> AnalysisFolder {
    var files: [String: [UInt8]] = [:]
    for (index, image) in images { files[Self.file(index)] = PNGPicture(image)?.bytes }
    return try AnalysisFolder(
      analysis, of: source, markdown: markdown, tables: ["images.csv": table], images: files,
      pictures: [picture])
  }

  private static func file(_ index: Int) -> String { "image-\(index).png" }

  private var picture: Picture {
    let marks = analysis.temperatures.map { "\($0)" }
    return Picture(
      name: "ambiguous",
      data: csvLine(["temperature", "share"])
        + zip(analysis.temperatures, analysis.shares).map { csvLine(["\($0)", "\($1)"]) }.joined(),
      commands: """
        \(Picture.title(source.captionLines()))
        set xlabel 'temperature'
        set ylabel 'images between classes (%)'
        set logscale x
        set xtics (\(marks.joined(separator: ", ")))
        set xrange [\(0.9 * (analysis.temperatures.min() ?? 1)):\(1.1 * (analysis.temperatures.max() ?? 1))]
        set yrange [0:100]
        set key off
        plot 'ambiguous.csv' every ::1 using 1:(100*$2) with linespoints linetype 1 pointtype 7
        """)
  }

  private var table: String {
    csvLine(["index", "class", "temperature", "rank", "of_class", "probability"])
      + analysis.images.flatMap { image in
        zip(analysis.temperatures, image.probabilities).flatMap { temperature, row in
          row.enumerated().map { rank, probability in
            csvLine([
              "\(image.index)", "\(image.label)", "\(temperature)", "\(rank + 1)",
              "\(image.classes[rank])", "\(probability)",
            ])
          }
        }
      }.joined()
  }

  private func name(_ label: Int) -> String {
    analysis.names.indices.contains(label) ? analysis.names[label] : "\(label)"
  }

  private var markdown: String {
    let rows = analysis.images.map { image -> [String] in
      let labels = image.probabilities.map { row in
        zip(image.classes, row).map {
          "\(name($0).asMarkdown) \(String(format: "%.3f", $1))"
        }.joined(separator: "<br>")
      }
      let shown =
        images[image.index] == nil
        ? "" : "<img src=\"\(Self.file(image.index))\" width=\"96\" alt=\"image \(image.index)\">"
      return ["\(shown)<br>image \(image.index), \(name(image.label).asMarkdown)"] + labels
    }
    let temperatures = analysis.temperatures.map { "τ = \(String(format: "%g", $0))" }
    return AnalysisMarkdown(source: source).page(
      "Ambiguous images", letters: ["teacher"],
      [
        """
        At τ = \(String(format: "%g", analysis.temperature)) the teacher gives another class at least \
        \(String(format: "%g", analysis.spread)) times the probability of the likeliest on \
        \(analysis.count) of \(counted(source.images, "image")); the \(analysis.images.count) with the closest two are \
        shown, with the probabilities of the classes that count (Chen & Lee, LTD, 2021).
        """,
        AnalysisMarkdown.table(["image"] + temperatures, texts: 1 + temperatures.count, rows),
        AnalysisMarkdown.picture("ambiguous", "Share of ambiguous images by temperature"),
      ])
  }
}
