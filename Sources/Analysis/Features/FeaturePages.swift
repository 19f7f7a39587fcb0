internal import Files
internal import Foundation
internal import Pictures

/// What is written of an analysis of features.
public struct FeaturePages: Sendable {
  private let analysis: FeatureAnalysis
  private let source: AnalysisSource
  private let names: [String]

  /// Prepares pages.
  ///
  /// - Parameters:
  ///   - analysis: the numbers.
  ///   - source: what they are of.
  ///   - names: the classes'.
  public init(_ analysis: FeatureAnalysis, of source: AnalysisSource, names: [String]) {
    self.analysis = analysis
    self.source = source
    self.names = names
  }

  /// Everything that the folder holds.
  ///
  /// - Returns: texts and pictures.
  /// - Throws: `EncodingError` when a number is not finite.
  public func folder() throws -> AnalysisFolder {
    try AnalysisFolder(
      analysis, of: source, markdown: markdown, pictures: source.networks.indices.map(picture))
  }

  private func name(_ network: Int) -> String {
    source.pictureName("features", of: network)
  }

  private func picture(_ network: Int) -> Picture {
    let file = name(network)
    // Many classes are told apart by hue; the number at a class' middle says which it is.
    let count = analysis.classes.count
    let colors = analysis.classes.enumerated().map { place, _ in
      "\(place) '\(Self.color(place, of: count))'"
    }
    let marks = analysis.classes.map { label -> String in
      let (x, y) = middle(of: label, in: network)
      return
        "set label '\(label)' at \(x),\(y) center front font ',13' textcolor rgb '#000000' boxed"
    }
    let palette =
      count == 1 ? "0 '\(Self.color(0, of: 1))', 1 '#000000'" : colors.joined(separator: ", ")
    let size = analysis.labels.count > 1000 ? 0.4 : 0.6
    return Picture(
      name: file, data: table(network),
      commands: """
        \(Picture.title(source.captionLines(of: network)))
        set palette maxcolors \(max(2, count)) defined (\(palette))
        set cbrange [-0.5:\(Double(max(2, count)) - 0.5)]
        unset colorbox
        unset border
        unset tics
        unset grid
        set style textbox opaque noborder fillcolor rgb '#40ffffff'
        \(marks.joined(separator: "\n"))
        plot '\(file).csv' every ::1 using (strcol(4) eq 'clean' ? $1 : NaN):2:5 with points pointtype 7 pointsize \(0.75 * size) palette notitle, '' every ::1 using (strcol(4) eq 'adversarial' ? $1 : NaN):2:5 with points pointtype 2 pointsize \(size) palette notitle, NaN with points pointtype 7 linecolor rgb '#000000' title 'clean', NaN with points pointtype 2 linecolor rgb '#000000' title 'adversarial'
        """, size: (640, 560))
  }

  /// Up to ten as Okabe and Ito, and Tol, chose them; else hues around the circle at two
  /// lightnesses by turns.
  private static func color(_ place: Int, of count: Int) -> String {
    if count <= told.count { return told[place] }
    let hue = Double(place) / Double(max(1, count)) * 6
    let value = place % 2 == 0 ? 0.85 : 0.6
    let rgb = [0.0, 4, 2].map { shift -> Int in
      let k = (hue + shift).truncatingRemainder(dividingBy: 6)
      return Int(255 * value * (1 - 0.9 * max(0, min(1, abs(k - 3) < 1 ? 1 : 2 - abs(k - 3)))))
    }
    return "#" + rgb.map { String(format: "%02x", $0) }.joined()
  }

  private static let told = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#882255", "#999933",
    "#000000", "#AAAAAA",
  ]

  private func middle(of label: Int, in network: Int) -> (Double, Double) {
    let own = analysis.labels.indices.filter { analysis.labels[$0] == label }
    let map = analysis.networks[network].map
    func median(_ side: Int) -> Double {
      let sorted = own.map { map[2 * $0 + side] }.sorted()
      return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
    return (median(0), median(1))
  }

  private func table(_ network: Int) -> String {
    let map = analysis.networks[network].map
    let (labels, indices) = (analysis.labels, analysis.indices)
    let place = Dictionary(
      uniqueKeysWithValues: analysis.classes.enumerated().map { ($1, $0) })
    return csvLine(["x", "y", "class", "state", "color", "index"])
      + ["clean", "adversarial"].enumerated().flatMap { half, state in
        labels.indices.map { image in
          let point = half * labels.count + image
          return csvLine([
            "\(map[2 * point])", "\(map[2 * point + 1])", "\(labels[image])", state,
            "\(place[labels[image]] ?? 0)", "\(indices[image])",
          ])
        }
      }.joined()
  }

  private var markdown: String {
    let rows = zip(source.letters, analysis.networks).flatMap { letter, network in
      network.rows.map { row in
        [
          letter, row.space, row.images.rawValue, String(format: "%.4f", row.quality.silhouette),
          row.quality.distanceRatio.map { String(format: "%.4f", $0) } ?? "",
          String(format: "%.4f", row.quality.purity),
        ]
      }
    }
    let maps = zip(source.letters, analysis.networks).map { letter, network in
      "- \(letter): perplexity \(network.perplexity), final divergence "
        + String(format: "%.4f nats", network.divergence)
        + (network.trustworthiness.map { String(format: ", trustworthiness (15) %.4f", $0) } ?? "")
        + ", \(network.fooled) of \(analysis.labels.count) adversarial images fool it"
    }
    let classes = analysis.classes.map { label in
      names.indices.contains(label) ? "\(label) \(names[label])".asMarkdown : "\(label)"
    }
    let settings = analysis.settings
    return AnalysisMarkdown(source: source).page(
      "Features", letters: source.letters,
      [
        "Classes: \(classes.joined(separator: ", ")).",
        """
        Features are what enters the last linear layer. Silhouette, the mean distance within classes over that \
        between them, and the share of the 15 nearest neighbours of a point's own class, among the features and on \
        the map; larger silhouettes and purities and smaller ratios mean classes that lie closer together.
        """,
        AnalysisMarkdown.table(
          ["network", "space", "images", "silhouette", "within/between", "purity"], texts: 3, rows),
        """
        The maps are by exact t-SNE from two principal components on: \(settings.iterations) steps, of which \
        \(settings.early) with exaggeration \(settings.exaggeration).
        """,
        maps.joined(separator: "\n"),
      ] + source.networks.indices.map { AnalysisMarkdown.picture(name($0), "Map of features") })
  }
}
