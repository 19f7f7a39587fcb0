internal import Files
internal import Foundation

/// A number with the interval of a bootstrap.
public struct Estimate: Sendable, Encodable, Hashable {
  /// The number.
  public let value: Double
  /// 95 %.
  public let interval: BootstrapInterval

  /// Four decimals and the interval.
  var text: String {
    String(format: "%.4f (%.4f … %.4f)", value, interval.low, interval.high)
  }

  /// For a CSV file.
  var fields: [String] { ["\(value)", "\(interval.low)", "\(interval.high)"] }
}

/// What `analysis.md` begins and ends with.
struct AnalysisMarkdown {
  let source: AnalysisSource

  /// The page.
  ///
  /// - Parameters:
  ///   - title: of the analysis.
  ///   - letters: what tables and pictures call the networks.
  ///   - parts: sentences, tables and pictures.
  /// - Returns: Markdown.
  func page(_ title: String, letters: [String], _ parts: [String]) -> String {
    let networks = source.networks.enumerated().map { place, network in
      "- " + (place < letters.count ? letters[place] + ": " : "")
        + "\(network.caption.asMarkdown), \(network.architecture.asMarkdown)"
    }
    let images =
      "\(source.dataset.asMarkdown), \(counted(source.images, "image")), \(source.state.asMarkdown)."
    let repetition = "Repeat: `\(source.command.replacing("`", with: "'"))`"
    return
      (["# \(title)"] + (networks.isEmpty ? [] : [networks.joined(separator: "\n")])
      + (source.images > 0 ? [images] : []) + parts + [repetition])
      .joined(separator: "\n\n") + "\n"
  }

  /// A table whose first columns are texts and the others numbers.
  static func table(_ heads: [String], texts: Int = 1, _ rows: [[String]]) -> String {
    func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    let rule = heads.indices.map { $0 < texts ? "---" : "---:" }
    return ([row(heads), row(rule)] + rows.map(row)).joined(separator: "\n")
  }

  /// A share and its interval, in percent.
  static func share(_ share: Double, _ interval: [Double]) -> String {
    String(
      format: "%.2f %% (%.2f … %.2f)", 100 * share, 100 * interval[0], 100 * interval[1])
  }

  /// A picture, and how it is drawn again.
  static func picture(_ name: String, _ what: String) -> String {
    "![\(what)](\(name).svg)\n\nDrawn by `gnuplot \(name).gp` from `\(name).csv`."
  }
}
