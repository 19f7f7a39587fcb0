internal import Evaluation
internal import Foundation
internal import Tensors

/// Many runs as a page in the form that people know from RobustBench.
struct BoardPage {
  private let board: Leaderboard

  init(_ board: Leaderboard) { self.board = board }

  /// The file.
  var text: String {
    HTMLDocument(
      title: "Robust accuracies",
      body: HTML(["<h1>Robust accuracies</h1>"] + board.tables.map(section))
    ).text
  }

  private func section(_ table: Leaderboard.Table) -> HTML {
    var parts: [HTML] = ["<section>", "<h2>\(table.title)</h2>", "<p>\(table.common)</p>"]
    if !table.ranked.isEmpty {
      parts.append(ScatterChart(table).markup)
      parts.append(
        HTMLTable(
          name: "Ranking for \(table.title)",
          columns: [
            .number("rank"), "name", .number("clean accuracy"), .number("robust accuracy"),
            .number(Proportion(0, of: 1).intervalName), "verdict", "architecture", "data",
            "attacks",
          ],
          rows: table.ranked.map { ["\($0.rank)"] + cells(of: $0.entry) }
        ).markup)
    }
    if !table.others.isEmpty {
      parts.append(
        HTMLTable(
          name: "Not ranked:",
          columns: [
            "name", .number("clean accuracy"), .number("robust accuracy"), "not ranked because",
          ],
          rows: table.others.map { other in
            Array(cells(of: other.entry).prefix(3)) + ["\(other.reason)"]
          }
        ).markup)
    }
    return HTML(parts + ["</section>"])
  }

  /// Name, accuracies, interval, verdict, architecture, data, attacks.
  private func cells(of entry: Leaderboard.Entry) -> [HTML] {
    let settings = entry.settings
    let name: HTML =
      entry.page.map { "<a href=\"\(Self.address($0))\">\(settings.model)</a>" }
      ?? "\(settings.model)"
    return [
      name, "\(entry.percent(entry.result.cleanCorrect))", "\(entry.robustText)",
      "\(entry.robust?.intervalEnds ?? "")",
      "\(entry.robust == nil ? "" : entry.result.verdict.status.rawValue)",
      "\(settings.architecture)", "\(settings.dataset)", "\(entry.attacks)",
    ]
  }

  /// A path as a link can hold it: never another scheme than a file's place.
  private static func address(_ path: String) -> String {
    let plain = path.hasPrefix("/") ? path : "./" + path
    return plain.addingPercentEncoding(
      withAllowedCharacters: .alphanumerics.intersection(CharacterSet(charactersIn: "\0"..."~"))
        .union(CharacterSet(charactersIn: "/._-~"))) ?? "#"
  }
}

/// Clean against robust accuracy, one point a run.
struct ScatterChart {
  private let points: [(rank: Int, name: String, clean: Double, robust: Double)]

  init(_ table: Leaderboard.Table) {
    points = table.ranked.map { rank, entry in
      (
        rank, entry.settings.model, entry.result.cleanCorrect.value * 100,
        (entry.robust?.value ?? 0) * 100
      )
    }
  }

  var markup: HTML {
    let (left, right, top, bottom) = (44.0, 350.0, 10.0, 200.0)
    let (horizontal, vertical) = (Self.range(points.map(\.clean)), Self.range(points.map(\.robust)))
    func x(_ value: Double) -> Double {
      left + (value - horizontal.lowerBound) / Self.extent(horizontal) * (right - left)
    }
    func y(_ value: Double) -> Double {
      bottom - (value - vertical.lowerBound) / Self.extent(vertical) * (bottom - top)
    }
    let marks = points.map { point -> HTML in
      """
      <g><title>\(point.name)</title>\
      <circle class="good" cx="\(x(point.clean))" cy="\(y(point.robust))" r="4"/>\
      <text x="\(x(point.clean) + 7)" y="\(y(point.robust) + 4)">\(point.rank)</text></g>
      """
    }
    let words = points.map {
      "\($0.name): clean \(HTML.decimal($0.clean)) %, robust \(HTML.decimal($0.robust)) %"
    }
    let below = [horizontal.lowerBound, horizontal.upperBound].map { value -> HTML in
      "<text x=\"\(x(value))\" y=\"215\" text-anchor=\"middle\">\(value) %</text>"
    }
    let beside = [vertical.lowerBound, vertical.upperBound].map { value -> HTML in
      "<text x=\"40\" y=\"\(y(value) + 4)\" text-anchor=\"end\">\(value) %</text>"
    }
    return """
      <svg viewBox="0 0 390 235" role="img" aria-label="\(words.joined(separator: "; "))">
      <path class="axis" d="M\(left) \(top)V\(bottom)H\(right)"/>
      \(HTML(below + beside + marks))
      <text x="\((left + right) / 2)" y="231" text-anchor="middle">clean accuracy; numbers are ranks</text>
      <text x="52" y="18">robust accuracy</text>
      </svg>
      """
  }

  /// Whole tens around the values.
  private static func range(_ values: [Double]) -> ClosedRange<Double> {
    let low = ((values.min() ?? 0) / 10).rounded(.down) * 10
    let high = ((values.max() ?? 100) / 10).rounded(.up) * 10
    return low...max(high, low + 10)
  }

  private static func extent(_ range: ClosedRange<Double>) -> Double {
    range.upperBound - range.lowerBound
  }
}
