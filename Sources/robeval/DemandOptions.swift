import ArgumentParser
import Evaluation

/// Options that turn a finished run into a failure, for use in scripts.
struct DemandOptions: ParsableArguments {
  @Option(
    help: """
      End with 3 when the robust accuracy is below this many percent, from 1 to 100; less is written \
      with its sign, as in 0.5%.
      """)
  var failUnder: Percentage?

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
    if let problem = failUnder?.problem { throw ValidationError("--fail-under: \(problem)") }
    if stopWhenDecided, failUnder == nil {
      throw ValidationError("--stop-when-decided needs --fail-under, which says what to decide")
    }
  }

  /// What may end the run before every image is settled.
  var earlyGate: AccuracyGate? { stopWhenDecided ? gate : nil }

  private var gate: AccuracyGate? { failUnder.map { AccuracyGate(percent: $0.value) } }

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

/// A share in percent as somebody wrote it.
struct Percentage: ExpressibleByArgument {
  let text: String
  let value: Double

  /// Any text, so that what is wrong with it can be said.
  init?(argument: String) {
    text = argument.filter { !$0.isWhitespace }
    value = Double(text.hasSuffix("%") ? String(text.dropLast()) : text) ?? .nan
  }

  /// Why it cannot be meant; nil where it can.
  ///
  /// A share between 0 and 1 without the sign is as likely a fraction as a percentage.
  var problem: String? {
    guard (0...100).contains(value) else {
      return "expected percent from 0 to 100, got “\(text)”"
    }
    guard !text.hasSuffix("%"), value > 0, value < 1 else { return nil }
    let percent = (value * 1e10).rounded() / 1e8
    let whole = percent == percent.rounded() ? "\(Int(percent))" : "\(percent)"
    return "\(text) may be a share or percent; write \(whole) or \(text)%"
  }
}
