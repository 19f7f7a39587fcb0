public import Evaluation
internal import Files
internal import Foundation
internal import Tensors

/// A run as a page that can be read on its own: `report.md`.
public struct MarkdownReport: Sendable {
  private let result: EvaluationResult
  private let command: String

  /// Creates the page of a run.
  ///
  /// - Parameters:
  ///   - result: of the run.
  ///   - command: what repeats the run.
  public init(_ result: EvaluationResult, command: String) {
    self.result = result
    self.command = command
  }

  /// The page.
  public var text: String {
    [
      heading, accuracies, verdict, RadiusTables(result).markdown, attackTable, yields, remarks,
      identity, repetition,
    ]
    .filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  private var settings: RunSettings { result.settings }

  private var heading: String {
    """
    # \(settings.model): \(settings.norm.rawValue), ε = \(settings.radiusText)

    \(counted(settings.indices.count, "image")) of \(settings.dataset) \
    (\(Self.ranges(settings.indices))), \
    \(attacks).
    """
      + (settings.shard.map {
        "\n\n> Shard \($0) of \(counted(settings.allIndices?.count ?? 0, "image"))."
      }
        ?? "")
      + (settings.datasetNote.map { "\n\n> \($0)" } ?? "")
      + (PartialText(result).map { "\n\n\($0.markdown)" } ?? "")
  }

  private var attacks: String {
    result.isAttacked ? "attacks: \(settings.attackTexts.joined(separator: ", "))" : "not attacked"
  }

  private var accuracies: String {
    """
    | | images | accuracy | \(result.cleanCorrect.intervalName) |
    |---|---:|---:|---|
    | clean | \(Self.row(result.cleanCorrect)) |
    | \(result.isAttacked ? "\(robustName) | \(Self.row(result.robust))" : "robust | | not attacked |") |
    """
  }

  private var robustName: String {
    if result.partial != nil { return "settled as robust so far" }
    return
      (settings.autoAttackVersion.map { "robust (AutoAttack, \($0) version)" }
      ?? "robust under these attacks")
      + (settings.radii.count == 1 ? "" : " within ε = \(settings.largestRadius.text)")
  }

  static func row(_ share: Proportion) -> String {
    "\(share.count) / \(share.total) | \(share.percent) | \(share.intervalText)"
  }

  private var verdict: String {
    let verdict = result.verdict
    let rows = verdict.evidence.map { evidence in
      String(
        format: "| %@ | %@ | %@ | %.4g | %.4g |", evidence.check, evidence.status.rawValue,
        evidence.finding, evidence.value, evidence.threshold)
    }
    if rows.isEmpty { return "" }
    return
      ([
        "## Verdict: \(verdict.status.rawValue)", "",
        "| check | says | finding | value | threshold |", "|---|---|---|---:|---:|",
      ] + rows).joined(separator: "\n")
  }

  /// What each attack cost and what it brought, in words.
  private var yields: String {
    result.attacks.filter { $0.attacked > 0 }.map { attack in
      let share = result.seconds > 0 ? attack.seconds / result.seconds * 100 : 0
      let images = counted(attack.fooled, "image")
      return String(
        format: "- %@: %.0f %% of the time, %@", attack.name.uppercased(), share, images)
        + (attack.fooled > 0
          ? String(format: " (%.2f lane seconds each).", attack.seconds / Double(attack.fooled))
          : ".")
    }.joined(separator: "\n")
  }

  private var attackTable: String {
    if !result.isAttacked { return "" }
    var lines = [
      "## What each attack did", "",
      "| attack | given | fooled | robust accuracy after | forwards | backwards | judged "
        + "| lane seconds | share of time |",
      "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    var standing = result.cleanCorrect.count
    for attack in [result.clean] + result.attacks {
      standing -= attack.fooled
      let share = result.seconds > 0 ? attack.seconds / result.seconds * 100 : 0
      lines.append(
        "| \(attack.name) | \(attack.attacked) | \(attack.fooled) "
          + "| \(Proportion(standing, of: result.robust.total).percent) "
          + "| \(attack.forwards) | \(attack.backwards) | \(attack.judgements) "
          + String(format: "| %.1f | %.0f %% |", attack.seconds, share))
    }
    return lines.joined(separator: "\n")
  }

  private var remarks: String {
    var lines = result.attacks.filter { $0.rejected > 0 }.map {
      "\($0.name): \(counted($0.rejected, "claim was", "claims were")) not confirmed on the exact path "
        + "and \($0.rejected == 1 ? "does" : "do") not count."
    }
    lines += settings.notes
    if lines.isEmpty { return "" }
    return (["## Remarks", ""] + lines.map { "- \($0)" }).joined(separator: "\n")
  }

  private var identity: String {
    var rows = [
      (
        "model",
        "`\(settings.model)` (\(settings.architecture))"
          + (settings.weights.map { ", its weights `\($0)`" } ?? "")
      ),
      ("SHA-256 of the model", "`\(settings.modelSHA256)`"),
      ("SHA-256 of the data", "`\(settings.datasetSHA256)`"),
      ("norm and radius", radii),
      ("seed", "\(settings.seed)"),
      ("searched with", settings.backend),
      ("rounding", settings.rounding?.joined(separator: "; ") ?? "not recorded"),
      ("judged with", "direct convolutions, unfolded batch normalisation, one image at a time"),
    ]
    rows += result.versions.sorted { $0.key < $1.key }.map { ("version of \($0.key)", $0.value) }
    return
      (["## What was evaluated", "", "| | |", "|---|---|"]
      + rows.map { "| \($0.0) | \($0.1) |" }).joined(separator: "\n")
  }

  private var radii: String {
    settings.norm.rawValue
      + settings.radii.map { ", \($0.text) = \($0.value)" }.joined()
  }

  private var repetition: String {
    """
    \(Self.beforeCommand)\(command)

    The result depends on the model, the images, the attacks, the radius and the seed; not on lanes, \
    width or interruptions. `result.json` holds every number of this page, `results.csv` one line \
    an image, `ledger.jsonl` one line an image and attack, `adversarial.h5` the adversarial images.
    """
  }

  private static let beforeCommand = "## To repeat it\n\n    "

  /// The command that a page says repeats its run.
  ///
  /// - Parameter page: a whole `report.md`.
  /// - Returns: one line; nil where the page has no such part.
  static func command(in page: String) -> String? {
    guard let before = page.ranges(of: beforeCommand).last else { return nil }
    return String(page[before.upperBound...].prefix { $0 != "\n" })
  }

  /// Indices in short, for example `indices 0–499`.
  static func ranges(_ indices: [Int]) -> String {
    guard let first = indices.first, let last = indices.last else { return "none" }
    if indices.count == 1 { return "index \(first)" }
    return last - first + 1 == indices.count
      ? "indices \(first)–\(last)" : "\(indices.count) indices from \(first) to \(last)"
  }
}
