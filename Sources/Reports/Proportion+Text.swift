internal import Evaluation
internal import Foundation

/// The one interval that is shown wherever an accuracy stands; `result.json` has Wilson's too.
extension Proportion {
  /// Its name, so that no figure stands without its kind.
  var intervalName: String { "95 % interval (Clopper–Pearson)" }

  /// Its ends, for example `19.41 … 99.37 %`.
  var intervalText: String { intervalEnds + " %" }

  /// Its ends without the unit, for tables of percentages.
  var intervalEnds: String {
    let interval = clopperPearson
    return String(
      format: "%.2f … %.2f", interval.lowerBound * 100, interval.upperBound * 100)
  }
}
