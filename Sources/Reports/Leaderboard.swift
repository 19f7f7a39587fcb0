public import Evaluation
internal import Foundation
internal import Tensors

/// Many runs in one table, the most robust first.
public struct Leaderboard: Sendable {
  /// How a table is written.
  public enum Format: String, Hashable, Sendable, CaseIterable {
    /// A Markdown table.
    case md
    /// Comma-separated values.
    case csv
    /// A page that can be opened on its own.
    case html
  }

  private static let columns = [
    "rank", "model", "architecture", "data", "images", "norm", "eps", "clean", "robust",
    "95 % interval", "attacks", "verdict",
  ]
  private let rows: [[String]]

  /// Creates a table.
  ///
  /// - Parameter results: of the runs, in any order; equal accuracies are in order of the names.
  public init(_ results: [RecordedResult]) {
    let sorted = results.sorted {
      ($1.robust.value, $0.settings.model, $0.settings.eps)
        < ($0.robust.value, $1.settings.model, $1.settings.eps)
    }
    rows = sorted.enumerated().map { place, result in Self.row(place + 1, result) }
  }

  private static func row(_ rank: Int, _ result: RecordedResult) -> [String] {
    let settings = result.settings
    let interval = result.robust.clopperPearson
    return [
      "\(rank)", settings.model, settings.architecture, settings.dataset,
      "\(settings.indices.count)", settings.norm.rawValue, settings.eps,
      String(format: "%.2f", result.cleanCorrect.value * 100),
      robust(result),
      String(format: "%.2f … %.2f", interval.lowerBound * 100, interval.upperBound * 100),
      settings.autoAttackVersion.map { "AutoAttack (\($0))" }
        ?? settings.attackTexts.joined(separator: ", "),
      result.verdict.status.rawValue,
    ]
  }

  private static func robust(_ result: RecordedResult) -> String {
    let own = String(format: "%.2f", result.robust.value * 100)
    return result.partial.map {
      let most = Proportion($0.robustAtMost, of: result.robust.total)
      return own + String(format: " … %.2f (partial)", most.value * 100)
    } ?? own
  }

  /// The table.
  ///
  /// - Parameter format: how it is written.
  /// - Returns: text with a final newline.
  public func text(_ format: Format) -> String {
    switch format {
    case .md: markdown
    case .csv: ([Self.columns] + rows).map(Self.csvLine).joined(separator: "\n") + "\n"
    case .html: page
    }
  }

  private var markdown: String {
    func line(_ cells: [String]) -> String {
      "| \(cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ")) |"
    }
    let rule = Self.columns.map {
      ["rank", "images", "clean", "robust"].contains($0) ? "---:" : "---"
    }
    return ([line(Self.columns), "|\(rule.joined(separator: "|"))|"] + rows.map(line))
      .joined(separator: "\n") + "\n"
  }

  private static func csvLine(_ cells: [String]) -> String {
    cells.map { cell in
      cell.contains { ",\"\n".contains($0) }
        ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
    }.joined(separator: ",")
  }

  private var page: String {
    func line(_ cells: [String], _ tag: String) -> String {
      "<tr>" + cells.map { "<\(tag)>\(Self.escaped($0))</\(tag)>" }.joined() + "</tr>"
    }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <title>Robust accuracies</title>
      <style>
      body { font-family: sans-serif; margin: 2em; }
      table { border-collapse: collapse; }
      th, td { padding: 0.3em 0.7em; border-bottom: 1px solid #ccc; text-align: left; }
      </style>
      </head>
      <body>
      <h1>Robust accuracies</h1>
      <table>
      <thead>\(line(Self.columns, "th"))</thead>
      <tbody>
      \(rows.map { line($0, "td") }.joined(separator: "\n"))
      </tbody>
      </table>
      </body>
      </html>

      """
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
  }
}
