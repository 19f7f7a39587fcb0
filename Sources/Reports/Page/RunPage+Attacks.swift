internal import Evaluation
internal import Foundation
internal import Tensors

/// Four significant digits, as reports show numbers of unknown size.
enum SignificantDigits {
  static func text(_ value: Double) -> String { String(format: "%.4g", value) }
}

/// What the attacks did, one after the other.
extension RunPage {
  /// Robust accuracy after each attack, with what it cost.
  var waterfall: HTML {
    if !result.isAttacked { return "" }
    let total = result.robust.total
    var standing = total
    let rows = ([result.clean] + result.attacks).map { attack -> [HTML] in
      let lost =
        attack.name == LedgerEntry.clean ? total - result.cleanCorrect.count : attack.fooled
      standing -= lost
      let share = result.seconds > 0 ? attack.seconds / result.seconds * 100 : 0
      let each = attack.fooled > 0 ? HTML.decimal(attack.seconds / Double(attack.fooled)) : ""
      return [
        "\(attack.name)", bar(standing, lost, of: total),
        "\(Proportion(standing, of: total).percent)", "\(attack.attacked)", "\(lost)",
        "\(attack.rejected)", "\(attack.forwards)", "\(attack.backwards)",
        "\(HTML.decimal(attack.seconds, places: 1))", "\(HTML.decimal(share, places: 0)) %",
        "\(each)",
      ]
    }
    return """
      <section>
      <h2>Attack by attack</h2>
      <p>An attack sees only the images that still stand. Blue is what stands after it, orange what it \
      took; the first line is the network on clean images. Unconfirmed claims, which the exact path did not \
      repeat, do not count. Seconds are those of one lane.</p>
      \(HTMLTable(
        name: "Accuracy after each attack, its yield and its cost",
        columns: [
          "attack", "stands · taken", .number("accuracy after"), .number("given"),
          .number("taken"), .number("unconfirmed"), .number("forwards"),
          .number("backwards"), .number("seconds"), .number("share of time"),
          .number("seconds an image taken"),
        ], rows: rows
      ).markup)
      </section>
      """
  }

  /// A bar of what stands and what was taken.
  func bar(_ standing: Int, _ taken: Int, of total: Int) -> HTML {
    let scale = 100 / Double(max(1, total))
    return """
      <div class="bar" role="img" aria-label="\(standing) stand, \(taken) taken, of \(total)">\
      <i style="width:\(Double(standing) * scale)%"></i>\
      <i style="width:\(Double(taken) * scale)%"></i></div>
      """
  }

  /// Robust accuracy over the radius, where the run has several.
  var curve: HTML {
    guard result.radii.count > 1, result.partial == nil else { return "" }
    let points =
      [(0.0, "0", result.cleanCorrect)]
      + result.radii.map { ($0.radius.value, $0.radius.text, $0.robust) }
    let chart = AccuracyChart(
      points: points.map { ($0.0, $0.2.value, $0.2.clopperPearson) },
      ticks: points.map { ($0.0, $0.1) }, horizontal: "radius \(settings.norm.rawValue)",
      alternative: "Robust accuracy over the radius: "
        + points.map { "\($0.2.percent) at \($0.1)" }.joined(separator: ", "))
    return """
      <section>
      <h2>Accuracy over the radius</h2>
      \(chart.markup)
      \(HTMLTable(
        name: "Accuracy within each radius, with \(result.robust.intervalName)",
        columns: ["ε", .number("accuracy"), .number("interval")],
        rows: points.map { ["\($0.1)", "\($0.2.percent)", "\($0.2.intervalText)"] }
      ).markup)
      </section>
      """
  }
}
