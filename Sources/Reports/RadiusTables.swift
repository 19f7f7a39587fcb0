internal import Evaluation

/// What a run with several radii found within each; empty texts for a run with one.
struct RadiusTables {
  private let radii: [EvaluationResult.RadiusResult]
  private let clean: Proportion

  init(_ result: EvaluationResult) {
    radii = result.settings.radii.count > 1 ? result.radii : []
    clean = result.cleanCorrect
  }

  /// The section of the report.
  var markdown: String {
    if radii.isEmpty { return "" }
    var lines = [
      "## Within each radius", "",
      "An image fooled within one radius counts as fooled within every larger one, and is attacked "
        + "no more.", "",
      "| ε | robust | accuracy | \(clean.intervalName) |",
      "|---|---:|---:|---|",
    ]
    lines += radii.map { "| \($0.radius.text) | \(MarkdownReport.row($0.robust)) |" }
    lines += [
      "", "| ε | attack | given | fooled | robust accuracy after | forwards | backwards |",
      "|---|---|---:|---:|---:|---:|---:|",
    ]
    if hasReused {
      lines.insert(
        contentsOf: [
          "An attack whose steps do not depend on the radius, as FAB-T's, runs within the first one "
            + "only; within the others the nearest misclassified image that it came across is judged.",
          "",
        ], at: 4)
    }
    var standing = clean.count
    for radius in radii {
      for attack in radius.attacks {
        standing -= attack.fooled
        lines.append(
          "| \(radius.radius.text) | \(attack.name) | \(attack.attacked) | \(attack.fooled) "
            + "| \(Proportion(standing, of: clean.total).percent) "
            + "| \(attack.forwards) | \(attack.backwards) |")
      }
    }
    return lines.joined(separator: "\n")
  }

  /// Whether an attack was given images and asked nothing.
  private var hasReused: Bool {
    radii.dropFirst().contains { radius in
      radius.attacks.contains { $0.attacked > 0 && $0.forwards == 0 }
    }
  }

  /// Robust accuracy over the radius, from the clean accuracy on: `curve.csv`.
  ///
  /// The ends of the interval are of the kind that reports name, Clopper and Pearson's.
  var curve: String {
    if radii.isEmpty { return "" }
    let lines =
      [line("0", 0, clean)] + radii.map { line($0.radius.text, $0.radius.value, $0.robust) }
    return
      (["eps,eps_value,robust,n,robust_accuracy,clopper_pearson95_lower,clopper_pearson95_upper"]
      + lines)
      .joined(separator: "\n") + "\n"
  }

  private func line(_ eps: String, _ value: Double, _ share: Proportion) -> String {
    let interval = share.clopperPearson
    return "\(eps),\(value),\(share.count),\(share.total),\(share.value),"
      + "\(interval.lowerBound),\(interval.upperBound)"
  }
}
