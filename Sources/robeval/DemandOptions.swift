import ArgumentParser
import Evaluation

/// Options that turn a finished run into a failure, for use in scripts.
struct DemandOptions: ParsableArguments {
  @Option(help: "End with 3 when the robust accuracy is below this many percent.")
  var failUnder: Double?

  @Flag(
    help: """
      With --fail-under: end as soon as the outcome is certain whatever the remaining images give. \
      The result is then partial and no robust accuracy; the same command without this flag \
      finishes it.
      """)
  var stopWhenDecided = false

  @Flag(help: "End with 4 when the verdict is not reliable.")
  var strict = false

  func validate() throws {
    if let failUnder, !(0...100).contains(failUnder) {
      throw ValidationError("--fail-under must be from 0 to 100 percent, not \(failUnder)")
    }
    if stopWhenDecided, failUnder == nil {
      throw ValidationError("--stop-when-decided needs --fail-under, which says what to decide")
    }
  }

  /// What may end the run before every image is settled.
  var earlyGate: AccuracyGate? { stopWhenDecided ? gate : nil }

  private var gate: AccuracyGate? { failUnder.map { AccuracyGate(percent: $0) } }

  func check(_ result: EvaluationResult) throws(EvaluationError) {
    if let gate, gate.outcome(for: result.bounds) == .failed {
      let most = Proportion(result.bounds.atMost, of: result.bounds.images)
      throw EvaluationError(
        kind: .gate, place: "--fail-under",
        problem:
          "the robust accuracy is \(result.partial == nil ? "" : "at most ")\(most.percent), "
          + "below \(gate.percent) %")
    }
    if strict, result.verdict.status != .reliable, let worst = result.verdict.evidence.first {
      throw EvaluationError(
        kind: .unreliable, place: "--strict",
        problem:
          "the verdict is \(result.verdict.status.rawValue); \(worst.check): \(worst.finding)")
    }
  }
}
