internal import Evaluation

/// How the clean margins of robust, fooled and wrong images are distributed.
extension RunPage {
  private static let bins = 40

  var margins: HTML {
    let values = images.map(\.cleanMargin)
    guard let least = values.min(), let most = values.max(), most > least else { return "" }
    let width = (most - least) / Double(Self.bins)
    let kinds = ImageRow.Outcome.allCases.filter { kind in images.contains { $0.outcome == kind } }
    var counts = [[Int]](repeating: [Int](repeating: 0, count: Self.bins), count: kinds.count)
    for image in images {
      guard let kind = kinds.firstIndex(of: image.outcome) else { continue }
      let bin = min(Self.bins - 1, Int((image.cleanMargin - least) / width))
      counts[kind][bin] += 1
    }
    let summary = kinds.map { kind in
      let own = images.filter { $0.outcome == kind }.map(\.cleanMargin).sorted()
      return "\(kind.rawValue): \(own.count) images, median margin "
        + SignificantDigits.text(own[own.count / 2])
    }.joined(separator: "; ")
    let keys = kinds.map { "<span class=\"key \($0.style)\"></span>\($0.rawValue)" as HTML }
    return """
      <section>
      <h2>Margins of the clean images</h2>
      <p>The margin is the logit of the true class minus the largest other one. \(summary).</p>
      <p>\(HTML(keys, separator: " "))</p>
      \(histogram(counts, kinds, from: least, to: most, summary))
      </section>
      """
  }

  private func histogram(
    _ counts: [[Int]], _ kinds: [ImageRow.Outcome], from least: Double, to most: Double,
    _ summary: String
  ) -> HTML {
    let (left, right, top, bottom) = (44.0, 360.0, 12.0, 180.0)
    let highest = (0..<Self.bins).map { bin in counts.reduce(0) { $0 + $1[bin] } }.max() ?? 1
    let width = (right - left) / Double(Self.bins)
    var bars: [HTML] = []
    for bin in 0..<Self.bins {
      var y = bottom
      for (kind, count) in zip(kinds, counts.map { $0[bin] }) where count > 0 {
        let height = Double(count) / Double(max(1, highest)) * (bottom - top)
        y -= height
        bars.append(
          """
          <rect class="\(kind.style)" x="\(left + Double(bin) * width)" y="\(y)" \
          width="\(width * 0.92)" height="\(height)"/>
          """)
      }
    }
    let ticks = [least, (least + most) / 2, most].enumerated().map { place, value -> HTML in
      let x = left + Double(place) / 2 * (right - left)
      let anchor = ["start", "middle", "end"][place]
      return
        "<text x=\"\(x)\" y=\"195\" text-anchor=\"\(anchor)\">\(SignificantDigits.text(value))</text>"
    }
    return """
      <svg viewBox="0 0 370 215" role="img" aria-label="Histogram of clean margins; \(summary)">
      <path class="axis" d="M\(left) \(top)V\(bottom)H\(right)"/>
      <text x="38" y="\(top + 8)" text-anchor="end">\(highest)</text>
      <text x="38" y="\(bottom)" text-anchor="end">0</text>
      \(HTML(bars))
      \(HTML(ticks))
      <text x="202" y="211" text-anchor="middle">clean margin (logits)</text>
      </svg>
      """
  }
}

extension ImageRow.Outcome {
  /// The colour's name in the style sheet.
  var style: String {
    switch self {
    case .robust, .correct: "good"
    case .fooled: "bad"
    case .wrong: "third"
    }
  }
}
