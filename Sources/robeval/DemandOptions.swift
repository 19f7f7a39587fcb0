import ArgumentParser
import Evaluation

/// Options that turn a finished run into a failure, for use in scripts.
struct DemandOptions: ParsableArguments {
  @Option(help: "End with 3 when the robust accuracy is below this many percent.")
  var failUnder: Double?

  @Flag(help: "End with 4 when the verdict is not reliable.")
  var strict = false

  func validate() throws {
    if let failUnder, !(0...100).contains(failUnder) {
      throw ValidationError("--fail-under must be from 0 to 100 percent, not \(failUnder)")
    }
  }

  func check(_ result: EvaluationResult) throws(EvaluationError) {
    // In whole images, so that 50 % of 2 images is not below 50.
    if let failUnder, Double(result.robust.count) * 100 < failUnder * Double(result.robust.total) {
      throw EvaluationError(
        kind: .gate, place: "--fail-under",
        problem: "the robust accuracy is \(result.robust.percent), below \(failUnder) %")
    }
    if strict, result.verdict.status != .reliable, let worst = result.verdict.evidence.first {
      throw EvaluationError(
        kind: .unreliable, place: "--strict",
        problem:
          "the verdict is \(result.verdict.status.rawValue); \(worst.check): \(worst.finding)")
    }
  }
}
