public import Evaluation
internal import Files
internal import Foundation

/// A run in a few lines for a terminal.
public struct SummaryText: Sendable {
  private let result: EvaluationResult

  /// Creates the summary of a run.
  ///
  /// - Parameter result: of the run.
  public init(_ result: EvaluationResult) { self.result = result }

  /// The lines, without a final newline.
  public var text: String {
    var lines = [line("clean accuracy", result.cleanCorrect)]
    for attack in result.attacks {
      lines.append(
        "  \(attack.name): fooled \(attack.fooled) of \(attack.attacked), "
          + "\(counted(attack.forwards, "forward")), \(counted(attack.backwards, "backward")), "
          + String(format: "%.1f lane seconds", attack.seconds))
    }
    let isOneOfSeveral = result.settings.radii.count > 1
    for radius in result.radii where result.partial == nil {
      let place = isOneOfSeveral ? " within \(radius.radius.text)" : ""
      lines.append(line("robust accuracy\(place)", radius.robust))
    }
    if let partial = PartialText(result) {
      lines += [partial.between, partial.reason]
    } else if !result.isAttacked {
      lines.append("robust accuracy: not attacked")
    }
    lines += result.settings.attackNotes.map { "note: \($0)" }
    let verdict = result.verdict
    if !verdict.evidence.isEmpty { lines.append("verdict: \(verdict.status.rawValue)") }
    lines += verdict.evidence.filter { $0.status != .reliable }.map {
      "  \($0.check): \($0.finding)"
    }
    return lines.joined(separator: "\n")
  }

  private func line(_ name: String, _ share: Proportion) -> String {
    "\(name) \(share.percent) (\(share.count)/\(share.total), "
      + "\(share.intervalName) \(share.intervalText))"
  }
}
