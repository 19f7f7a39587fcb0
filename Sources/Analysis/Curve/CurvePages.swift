internal import Files
internal import Foundation
internal import Pictures

/// What is written of curves.
public struct CurvePages: Sendable {
  private let analysis: CurveAnalysis
  private let source: AnalysisSource

  /// Prepares pages.
  ///
  /// - Parameters:
  ///   - analysis: the numbers.
  ///   - version: the program's.
  ///   - command: that repeats it.
  public init(_ analysis: CurveAnalysis, version: String, command: String) {
    self.analysis = analysis
    source = AnalysisSource(
      analysis: "curve", version: version, command: command, backend: analysis.backend,
      networks: analysis.series.map(\.network), dataset: analysis.dataset,
      datasetSHA256: analysis.datasetSHA256, images: analysis.images, state: analysis.norm)
  }

  /// Everything that the folder holds.
  ///
  /// - Returns: texts and pictures.
  /// - Throws: `EncodingError` when a number is not finite.
  public func folder() throws -> AnalysisFolder {
    try AnalysisFolder(
      analysis, of: source, markdown: markdown,
      tables: hasDistances ? ["distances.csv": distances] : [:],
      pictures: [picture])
  }

  private var hasDistances: Bool { analysis.series.contains { !$0.distances.isEmpty } }
  private var letters: [String] { source.letters }

  private var picture: Picture {
    let isOfBytes = analysis.series.flatMap(\.points).contains { $0.eps.hasSuffix("/255") }
    let unit = isOfBytes ? 255.0 : 1
    let largest = unit * (analysis.series.flatMap(\.points).map(\.value).max() ?? 1)
    // Intervals at one radius stand side by side.
    let beside = largest / 150
    var plots = analysis.series.indices.map { place in
      let shift = beside * (Double(place) - Double(analysis.series.count - 1) / 2)
      return
        "'curve.csv' every ::1 using ($1==\(place)?\(unit)*$3+\(shift):NaN):(100*$6):(100*$7):(100*$8) with yerrorlines linetype \(place + 1) pointtype 7 pointsize 0.5 title \(Picture.quoted(source.networks[place].caption))"
    }
    for (place, series) in analysis.series.enumerated() where !series.distances.isEmpty {
      plots.append(
        "'distances.csv' every ::1 using ($1==\(place)?\(unit)*$2:NaN):(100*$3) with steps linetype \(place + 1) linewidth 1 notitle"
      )
    }
    let note = hasDistances ? ["thin: nearest misclassified images found"] : []
    return Picture(
      name: "curve", data: table,
      commands: """
        \(Picture.title([source.imagesCaption] + note))
        set key vertical maxcols 1
        set xlabel 'radius \(analysis.norm) (\(isOfBytes ? "1/255" : "pixels in [0, 1]"))'
        set ylabel 'accuracy (%)'
        set yrange [0:100]
        set xrange [\(-2 * beside):\(largest * 1.03)]
        plot \(plots.joined(separator: ", "))
        """, size: (640, 400 + 16 * analysis.series.count))
  }

  private var table: String {
    csvLine(["network", "eps", "eps_value", "robust", "images", "accuracy", "low", "high"])
      + analysis.series.enumerated().flatMap { place, series in
        series.points.map { point in
          csvLine(
            [
              "\(place)", point.eps, "\(point.value)", "\(point.robust)", "\(point.images)",
              "\(point.accuracy)",
            ] + point.interval.map { "\($0)" })
        }
      }.joined()
  }

  /// After each distance the share of images that stand; the first line of a series is the clean one.
  private var distances: String {
    csvLine(["network", "distance", "standing"])
      + analysis.series.enumerated().flatMap { place, series -> [String] in
        if series.distances.isEmpty { return [] }
        let correct = series.points[0].robust
        return ([0] + series.distances).enumerated().map { fallen, distance in
          csvLine([
            "\(place)", "\(distance)",
            "\(Double(correct - fallen) / Double(max(1, analysis.images)))",
          ])
        }
      }.joined()
  }

  private var markdown: String {
    let rows = zip(letters, analysis.series).flatMap { letter, series in
      series.points.map { point in
        [
          letter, point.eps, "\(point.robust) of \(point.images)",
          AnalysisMarkdown.share(point.accuracy, point.interval),
        ]
      }
    }
    let attacks = zip(letters, analysis.series).map {
      "- \($0): \($1.attacks.joined(separator: ", ").asMarkdown)"
    }
    let explanation =
      hasDistances
      ? [
        "Thin: the share of images of which no attack came across a misclassified image so near, an upper bound of the accuracy (`distances.csv`)."
      ] : []
    return AnalysisMarkdown(source: source).page(
      "Accuracy over the radius", letters: letters,
      [
        "Attacked with\n\n" + attacks.joined(separator: "\n"),
        AnalysisMarkdown.table(
          ["network", "radius", "robust", "accuracy, 95 % (Clopper–Pearson)"], texts: 2, rows),
        AnalysisMarkdown.picture("curve", "Accuracy over the radius"),
      ] + explanation)
  }
}
