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
    case .html: BoardPage(self).text
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
}

extension Leaderboard.Entry {
  /// Model, accuracies, interval, flag, architecture, images, attacks.
  var cells: [String] {
    [
      settings.model, percent(result.cleanCorrect), robustText, robust?.intervalEnds ?? "",
      isUnreliable, settings.architecture, "\(settings.indices.count)", attacks,
    ]
  }

  var robustText: String {
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

  func percent(_ share: Proportion) -> String {
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

  var title: String { "\(dataset), \(norm.rawValue), ε = \(eps)" }

  /// What all ranked runs have in common.
  var common: String {
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
}
