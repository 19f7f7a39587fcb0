public import Evaluation
internal import Foundation

/// A log in the style of the AutoAttack program, for scripts that read such logs: `log.txt`.
///
/// Batches do not exist here, so an attack has one line for all its images.
public struct AttackLog: Sendable {
  private let result: EvaluationResult

  /// Creates the log of a run.
  ///
  /// - Parameter result: of the run.
  public init(_ result: EvaluationResult) { self.result = result }

  /// The log.
  public var text: String {
    var lines = ["initial accuracy: \(percent(result.cleanCorrect))"]
    var standing = result.cleanCorrect.count
    var seconds = result.clean.seconds
    for attack in result.attacks where standing > 0 {
      standing -= attack.fooled
      seconds += attack.seconds
      lines.append(
        "\(attack.name) - 1/1 - \(attack.fooled) out of \(attack.attacked) successfully perturbed")
      lines.append(
        "robust accuracy after \(attack.name.uppercased()): "
          + percent(Proportion(standing, of: result.robust.total))
          + String(format: " (total time %.1f s)", seconds))
    }
    let robust = result.isAttacked ? percent(result.robust) : "not attacked"
    lines.append(PartialText(result)?.between ?? "robust accuracy: \(robust)")
    return lines.joined(separator: "\n") + "\n"
  }

  private func percent(_ share: Proportion) -> String {
    String(format: "%.2f%%", share.value * 100)
  }
}
