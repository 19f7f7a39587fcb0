internal import Evaluation

/// Accuracy class by class, and where fooled images go.
extension RunPage {
  /// Up to so many classes a matrix is shown, for more the most frequent pairs.
  private static let mostInMatrix = 12

  var classes: HTML {
    let byClass = Dictionary(grouping: images, by: \.label)
    let rows = byClass.sorted { $0.key < $1.key }.map { label, own -> [HTML] in
      let clean = own.count { $0.outcome != .wrong }
      let robust = own.count { $0.outcome == .robust }
      var cells: [HTML] = [
        "\(label)", "\(exhibits.name(of: label))", "\(own.count)",
        "\(Proportion(clean, of: own.count).percent)",
      ]
      if result.isAttacked {
        cells += [
          "\(Proportion(robust, of: own.count).percent)",
          bar(robust, clean - robust, of: own.count),
        ]
      }
      return cells
    }
    var columns: [HTMLTable.Column] = [
      .number("class"), "name", .number("images"), .number("clean accuracy"),
    ]
    if result.isAttacked { columns += [.number("robust accuracy"), "stands · fooled"] }
    let table = HTMLTable(name: "Accuracy of each class", columns: columns, rows: rows).markup
    return """
      <section>
      <h2>Class by class</h2>
      \(folded(table, "\(rows.count) classes", where: rows.count > 20))
      </section>
      """
  }

  var confusions: HTML {
    let fooled = images.filter { $0.outcome == .fooled }
    if fooled.isEmpty { return "" }
    let labels = Set(images.map(\.label)).union(fooled.compactMap(\.adversarialClass)).sorted()
    var counts: [[Int]: Int] = [:]
    for image in fooled {
      if let other = image.adversarialClass { counts[[image.label, other], default: 0] += 1 }
    }
    let isSmall = labels.count <= Self.mostInMatrix
    return """
      <section>
      <h2>Where fooled images go</h2>
      \(isSmall ? matrix(counts, labels) : pairs(counts))
      </section>
      """
  }

  private func matrix(_ counts: [[Int]: Int], _ labels: [Int]) -> HTML {
    let most = Double(max(1, counts.values.max() ?? 1))
    let heads = labels.map { "<th scope=\"col\" class=\"n\">\(exhibits.name(of: $0))" as HTML }
    let rows = labels.map { label -> HTML in
      let cells = labels.map { other -> HTML in
        guard let count = counts[[label, other]] else { return "<td>" }
        let share = Double(count) / most * 60
        return """
          <td style="background:color-mix(in srgb, var(--bad) \(share)%, transparent)">\(count)
          """
      }
      return "<tr><th scope=\"row\">\(exhibits.name(of: label))\(HTML(cells, separator: ""))"
    }
    return """
      <div class="scroll" role="region" aria-label="Confusion matrix" tabindex="0">
      <table class="heat">
      <caption>Fooled images by their class (row) and the class the adversarial image is taken for \
      (column)</caption>
      <thead><tr><td>\(HTML(heads, separator: ""))</tr></thead>
      <tbody>
      \(HTML(rows))
      </tbody>
      </table>
      </div>
      """
  }

  private func pairs(_ counts: [[Int]: Int]) -> HTML {
    let sorted = counts.sorted {
      $0.value != $1.value ? $0.value > $1.value : $0.key.lexicographicallyPrecedes($1.key)
    }
    return HTMLTable(
      name: "The most frequent of \(counts.count) pairs of classes",
      columns: ["class", "taken for", .number("images")],
      rows: sorted.prefix(25).map {
        ["\(exhibits.name(of: $0.key[0]))", "\(exhibits.name(of: $0.key[1]))", "\($0.value)"]
      }
    ).markup
  }

  /// Long tables open on demand, so that a page is there at once.
  func folded(_ content: HTML, _ summary: String, where isLong: Bool) -> HTML {
    isLong
      ? "<details>\n<summary>Show \(summary)</summary>\n\(content)\n</details>" : content
  }
}
