public import Evaluation
internal import Foundation
internal import Tensors

/// Two runs beside each other, for a terminal.
public struct ComparisonText: Sendable {
  private let comparison: RunComparison

  /// Creates the text of a comparison.
  ///
  /// - Parameter comparison: of two runs.
  public init(_ comparison: RunComparison) { self.comparison = comparison }

  /// The lines, without a final newline: accuracies, the test, then one line a changed image.
  public var text: String {
    let test = comparison.test
    let word = comparison.first.robust == nil ? "correct" : "robust"
    var lines = [
      line("A", comparison.first), line("B", comparison.second),
      "\(word) in both \(comparison.both), only in A \(test.onlyFirst), "
        + "only in B \(test.onlySecond), in neither \(comparison.neither)",
      String(
        format: "exact McNemar test: p = %.4g (%@)", test.probability,
        test.probability < 0.05
          ? "the difference is significant at 5 %" : "the difference may be chance"),
    ]
    lines += comparison.caveats.map { "note: \($0)" }
    lines += comparison.changes.map { change in
      let (robust, fallen) = change.isRobustInFirst ? ("A", "B") : ("B", "A")
      let how = change.fooledBy.map { "fooled by \($0)" } ?? "misclassified without an attack"
      return "image \(change.index): \(word) in \(robust), in \(fallen) \(how)"
    }
    return lines.joined(separator: "\n")
  }

  private func line(_ name: String, _ result: RecordedResult) -> String {
    "\(name): \(result.settings.model), \(result.settings.norm.rawValue) \(result.settings.radiusText), "
      + "clean \(result.cleanCorrect.percent), "
      + (result.robust.map { "robust \($0.percent)" } ?? "not attacked")
  }
}
