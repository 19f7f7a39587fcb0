internal import Evaluation
internal import Files
internal import Foundation
internal import Tensors

extension Leaderboard {
  /// How tables are written.
  public enum Format: String, Hashable, Sendable, CaseIterable {
    /// Markdown tables.
    case md
    /// Comma-separated values: one line a run and radius, with empty ranks where there is a reason.
    case csv
    /// A page that can be opened on its own.
    case html
  }

  /// The tables, in RobustBench's form.
  ///
  /// - Parameter format: how they are written.
  /// - Returns: text with a final newline.
  public func text(_ format: Format) -> String {
    switch format {
    case .md: tables.map(\.markdown).joined(separator: "\n")
    case .csv: csv
    case .html: page
    }
  }

  private var csv: String {
    let columns = [
      "data", "norm", "eps", "rank", "model", "standard accuracy", "robust accuracy",
      Proportion(0, of: 1).intervalName, "potentially unreliable", "architecture", "images",
      "attacks", "not ranked because",
    ]
    let lines = tables.flatMap { table -> [[String]] in
      let place = [table.dataset, table.norm.rawValue, table.eps]
      let ranked = table.ranked.map { place + ["\($0.rank)"] + $0.entry.cells + [""] }
      return ranked + table.others.map { place + [""] + $0.entry.cells + [$0.reason] }
    }
    return ([columns] + lines).map(TableLine.csv).joined(separator: "\n") + "\n"
  }

  private var page: String {
    """
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
    \(tables.map(\.html).joined(separator: "\n"))
    </body>
    </html>

    """
  }
}

extension Leaderboard.Entry {
  /// Model, accuracies, interval, flag, architecture, images, attacks.
  var cells: [String] {
    [
      settings.model, percent(result.cleanCorrect), robustText, robust?.intervalEnds ?? "",
      isUnreliable, settings.architecture, "\(settings.indices.count)", attacks,
    ]
  }

  private var robustText: String {
    if settings.attacks.isEmpty { return "not attacked" }
    return robust.map(percent) ?? "not measured"
  }

  private var isUnreliable: String {
    if robust == nil { return "" }
    return result.verdict.status == .reliable ? "no" : "yes (\(result.verdict.status.rawValue))"
  }

  var attacks: String {
    if settings.attacks.isEmpty { return "none" }
    return settings.autoAttackVersion.map { "AutoAttack (\($0))" }
      ?? settings.attackTexts.joined(separator: ", ")
  }

  private func percent(_ share: Proportion) -> String {
    String(format: "%.2f", share.value * 100)
  }
}

extension Leaderboard.Table {
  private static let columns = [
    "rank", "model", "standard accuracy", "robust accuracy", Proportion(0, of: 1).intervalName,
    "potentially unreliable", "architecture",
  ]
  private static let otherColumns = [
    "model", "standard accuracy", "robust accuracy", "not ranked because",
  ]

  private var title: String { "\(dataset), \(norm.rawValue), ε = \(eps)" }

  /// What all ranked runs have in common.
  private var common: String {
    guard let entry = ranked.first?.entry else { return "No run can be ranked." }
    return "\(counted(entry.settings.indices.count, "image")) "
      + "(\(MarkdownReport.ranges(entry.settings.indices))), attacked with \(entry.attacks); "
      + "accuracies in percent."
  }

  private var rows: [[String]] { ranked.map { ["\($0.rank)"] + $0.entry.cells.prefix(6) } }

  private var otherRows: [[String]] {
    others.map { Array($0.entry.cells.prefix(3)) + [$0.reason] }
  }

  var markdown: String {
    var parts = ["## \(title)", common]
    if !ranked.isEmpty { parts.append(Self.markdown(Self.columns, rows)) }
    if !others.isEmpty { parts += ["Not ranked:", Self.markdown(Self.otherColumns, otherRows)] }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private static func markdown(_ columns: [String], _ rows: [[String]]) -> String {
    let rule = columns.map {
      ["rank", "standard accuracy", "robust accuracy"].contains($0) ? "---:" : "---"
    }
    return
      ([TableLine.markdown(columns), "|\(rule.joined(separator: "|"))|"]
      + rows.map(TableLine.markdown))
      .joined(separator: "\n")
  }

  var html: String {
    var parts = ["<h2>\(Self.escaped(title))</h2>", "<p>\(Self.escaped(common))</p>"]
    if !ranked.isEmpty { parts.append(Self.html(Self.columns, rows)) }
    if !others.isEmpty { parts += ["<p>Not ranked:</p>", Self.html(Self.otherColumns, otherRows)] }
    return parts.joined(separator: "\n")
  }

  private static func html(_ columns: [String], _ rows: [[String]]) -> String {
    func line(_ cells: [String], _ tag: String) -> String {
      "<tr>" + cells.map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined() + "</tr>"
    }
    return """
      <table>
      <thead>\(line(columns, "th"))</thead>
      <tbody>
      \(rows.map { line($0, "td") }.joined(separator: "\n"))
      </tbody>
      </table>
      """
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
  }
}
