internal import Files
internal import Foundation
internal import Pictures

/// What is written of an analysis of particles.
public struct DiversityPages: Sendable {
  private let analysis: DiversityAnalysis
  private let source: AnalysisSource

  /// Prepares pages.
  ///
  /// - Parameters:
  ///   - analysis: the numbers.
  ///   - source: what they are of.
  public init(_ analysis: DiversityAnalysis, of source: AnalysisSource) {
    self.analysis = analysis
    self.source = source
  }

  /// Everything that the folder holds.
  ///
  /// - Returns: texts and pictures.
  /// - Throws: `EncodingError` when a number is not finite.
  public func folder() throws -> AnalysisFolder {
    try AnalysisFolder(
      analysis, of: source, markdown: markdown, tables: ["images.csv": images],
      pictures: drawn.map(picture))
  }

  /// The networks of which there is something to draw.
  private var drawn: [Int] {
    source.networks.indices.filter { network in
      analysis.rows.contains { $0.network == network && $0.mean != nil }
    }
  }

  private func name(_ network: Int) -> String {
    source.pictureName("diversity", of: network)
  }

  private func picture(_ network: Int) -> Picture {
    let rows = analysis.rows.filter { $0.network == network }
    let series = ParticleCloud.Method.allCases.filter { method in
      rows.contains { $0.method == method && $0.mean != nil }
    }
    let plots = series.enumerated().map { place, method in
      "'\(name(network)).csv' every ::1 using (strcol(1) eq '\(method.rawValue)' ? $2 * 1.03**(\(place)*2-1) : NaN):3:4 "
        + "with yerrorbars linetype \(place + 1) pointtype \(5 + 2 * place) title '\(method.title)'"
    }
    return Picture(
      name: name(network), data: table(rows),
      commands: """
        \(Picture.title(source.captionLines(of: network)))
        set xlabel 'particles K'
        set ylabel 'SSE between particles that fool'
        set logscale x 2
        set xtics (\(Set(rows.map(\.particles)).sorted().map { "'\($0)' \($0)" }.joined(separator: ", ")))
        set offsets graph 0.08, graph 0.08, graph 0.05, 0
        set yrange [0:*]
        set datafile missing 'NaN'
        plot \(plots.joined(separator: ", "))
        """)
  }

  private func table(_ rows: [DiversityAnalysis.Row]) -> String {
    csvLine([
      "method", "particles", "mean", "deviation", "fooling_rate", "images", "images_used",
      "mean_of_all", "deviation_of_all",
    ])
      + rows.map { row in
        csvLine([
          row.method.rawValue, "\(row.particles)", Self.field(row.mean), Self.field(row.deviation),
          "\(row.foolingRate)", "\(row.images)", "\(row.imagesUsed)", Self.field(row.meanOfAll),
          Self.field(row.deviationOfAll),
        ])
      }.joined()
  }

  private static func field(_ value: Double?) -> String { value.map { "\($0)" } ?? "NaN" }

  private var images: String {
    let head = csvLine([
      "network", "method", "particles", "index", "fooling", "mean", "deviation", "mean_of_all",
      "deviation_of_all",
    ])
    return head
      + analysis.groups.flatMap { group in
        group.clouds.map { cloud in
          csvLine([
            "\(group.network)", group.method.rawValue, "\(group.particles)", "\(cloud.index)",
            "\(cloud.fooling)", Self.field(cloud.amongFooling?.mean),
            Self.field(cloud.amongFooling?.deviation), Self.field(cloud.amongAll?.mean),
            Self.field(cloud.amongAll?.deviation),
          ])
        }
      }.joined()
  }

  private var markdown: String {
    func pair(_ mean: Double?, _ deviation: Double?) -> String {
      guard let mean, let deviation else { return "too few fool" }
      return String(format: "%.4g ± %.4g", mean, deviation)
    }
    let rows = analysis.rows.map { row in
      [
        source.letters[row.network], row.method.title, "\(row.particles)",
        pair(row.mean, row.deviation), String(format: "%.1f %%", 100 * row.foolingRate),
        "\(row.imagesUsed) of \(row.images)", pair(row.meanOfAll, row.deviationOfAll),
      ]
    }
    let settings = analysis.settings.sorted { $0.key < $1.key }.map { name, values in
      "\(name): "
        + values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        .joined(separator: ", ")
    }
    return AnalysisMarkdown(source: source).page(
      "Diversity of particles", letters: source.letters,
      [
        """
        SSE is the squared Euclidean distance of two particles of one image, in the coordinates of the space; \
        of each image the mean and the population's deviation over its pairs, then the averages of both over \
        images (Nguyen-Duc et al., WACV 2023, §4.1). SVGD is that paper's search within a ball of radius \
        \(analysis.radius), BSS runs from as many starts drawn uniformly from it. Only images that the network classifies \
        correctly, and in the first column of numbers only particles that fool it.
        """,
        settings.map { "- " + $0.asMarkdown }.joined(separator: "\n"),
        AnalysisMarkdown.table(
          ["network", "search", "K", "SSE, fooling", "fooling rate", "images used", "SSE, all"],
          texts: 2, rows),
      ]
        + source.networks.indices.map {
          AnalysisMarkdown.picture(name($0), "SSE by number of particles")
        }
        + ["`images.csv` has every image."])
  }
}

extension ParticleCloud.Method {
  /// For legends.
  var title: String {
    switch self {
    case .stein: "SVGD"
    case .boundary: "BSS, random starts"
    }
  }
}
