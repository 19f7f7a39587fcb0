internal import Evaluation
internal import Files
internal import Foundation

/// What can be said of a run that was ended before every image was settled.
struct PartialText {
  private let partial: EvaluationResult.Partial
  private let images: Int

  /// Nil for a whole run.
  init?(_ result: EvaluationResult) {
    guard let partial = result.partial else { return nil }
    self.partial = partial
    images = result.settings.indices.count
  }

  /// The bounds in one line.
  var between: String {
    let (least, most) = (
      Proportion(partial.robustAtLeast, of: images), Proportion(partial.robustAtMost, of: images)
    )
    return "partial: the robust accuracy is from \(least.percent) to \(most.percent), "
      + "with \(partial.settled) of \(counted(images, "image")) settled"
  }

  /// Why it ended, in one line.
  var reason: String {
    guard let failUnder = partial.failUnder, let decided = partial.decided else {
      return "not finished: the same command goes on"
    }
    let words =
      decided == .failed ? "cannot be reached any more" : "is reached whatever the others give"
    return String(format: "decided early: %g %% ", failUnder) + words
  }

  /// For a page.
  var markdown: String {
    "> Partial result, \(reason). No robust accuracy was measured: "
      + "\(between.replacing("partial: ", with: "")). "
      + "The same command without `--stop-when-decided` settles the others."
  }
}
