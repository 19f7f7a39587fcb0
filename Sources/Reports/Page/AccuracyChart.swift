/// Accuracies with intervals over a number, as a drawing.
struct AccuracyChart {
  let points: [(place: Double, value: Double, interval: ClosedRange<Double>)]
  let ticks: [(place: Double, name: String)]
  let horizontal: String
  let alternative: String

  private static let (left, right, top, bottom) = (44.0, 350.0, 10.0, 180.0)

  var markup: HTML {
    let largest = points.map(\.place).max() ?? 1
    func x(_ place: Double) -> Double {
      Self.left + (largest > 0 ? place / largest : 0) * (Self.right - Self.left)
    }
    func y(_ share: Double) -> Double { Self.bottom - share * (Self.bottom - Self.top) }
    let path = points.enumerated().map { number, point -> HTML in
      "\(number == 0 ? "M" : "L")\(x(point.place)) \(y(point.value))"
    }
    let marks = points.map { point -> HTML in
      """
      <line class="whisker" x1="\(x(point.place))" x2="\(x(point.place))" \
      y1="\(y(point.interval.lowerBound))" y2="\(y(point.interval.upperBound))"/>\
      <circle class="good" cx="\(x(point.place))" cy="\(y(point.value))" r="3"/>
      """
    }
    // Names that would lie on each other are left out; the table below has them all.
    var last = -Double.infinity
    let names = ticks.compactMap { tick -> HTML? in
      if x(tick.place) - last < 38 { return nil }
      last = x(tick.place)
      return "<text x=\"\(last)\" y=\"195\" text-anchor=\"middle\">\(tick.name)</text>"
    }
    return """
      <svg viewBox="0 0 370 215" role="img" aria-label="\(alternative)">
      \(Self.percentAxis)
      <path class="curve" d="\(HTML(path, separator: " "))"/>
      \(HTML(marks))
      \(HTML(names))
      <text x="\((Self.left + Self.right) / 2)" y="211" text-anchor="middle">\(horizontal)</text>
      </svg>
      """
  }

  /// From 0 to 100 % at the left, and the line below.
  static var percentAxis: HTML {
    let names = [0, 25, 50, 75, 100].map { percent -> HTML in
      let y = bottom - Double(percent) / 100 * (bottom - top)
      return "<text x=\"38\" y=\"\(y + 4)\" text-anchor=\"end\">\(percent) %</text>"
    }
    return """
      <path class="axis" d="M\(left) \(top)V\(bottom)H\(right)"/>
      \(HTML(names))
      """
  }
}
