import Evaluation
import Execution
import Files
import Foundation
import Reports
import Testing

@Suite(.timeLimit(.minutes(5))) struct AccuracyGateTests {
  /// Of ten images, fallen and settled as robust: 50 % is certain with five robust, lost with six
  /// fallen.
  @Test(
    arguments: [
      (0, 0, nil), (5, 4, nil), (5, 5, .passed), (6, 0, .failed), (6, 4, .failed), (0, 5, .passed),
    ] as [(Int, Int, AccuracyGate.Outcome?)])
  func theOutcomeIsCertainWhenTheRestCannotChangeIt(
    fallen: Int, robust: Int, expected: AccuracyGate.Outcome?
  ) {
    var bounds = RobustBounds(images: 10, attacks: 2)
    for index in 0..<fallen { bounds.add(.made(index, index % 2 == 0 ? .wrong : .fooled)) }
    for index in 0..<robust {
      bounds.add(.made(5 + index, .correct))
      bounds.add(.made(5 + index, .survived))
      // Not settled before the second attack.
      #expect(bounds.atLeast == index)
      bounds.add(.made(5 + index, .rejected))
    }
    #expect(AccuracyGate(percent: 50).outcome(for: bounds) == expected)
    #expect((bounds.atLeast, bounds.atMost) == (robust, 10 - fallen))
    #expect(bounds.settled == fallen + robust)
    #expect(bounds.isComplete == (fallen + robust == 10))
  }

  @Test(arguments: [(0.0, AccuracyGate.Outcome.passed), (100, .failed)])
  func certaintyCanComeAtTheBeginning(percent: Double, expected: AccuracyGate.Outcome) {
    var bounds = RobustBounds(images: 3, attacks: 1)
    bounds.add(.made(0, .wrong))
    #expect(AccuracyGate(percent: percent).outcome(for: bounds) == expected)
  }

  /// Whole, the run leaves between 8 % and 90 % of the 24 images robust.
  @Test(arguments: [(90.0, AccuracyGate.Outcome.failed), (8, .passed)])
  func aRunEndsWhenItIsDecidedAndCanBeFinished(
    percent: Double, expected: AccuracyGate.Outcome
  ) async throws {
    let scratch = try Scratch()
    let run = try SmallRun()
    let gate = AccuracyGate(percent: percent)
    let folder = scratch.path("gate")
    let early = try await run.settle(in: folder, width: 1, until: gate)
    let result = EvaluationResult(
      settings: run.settings, entries: early, versions: [:], gate: gate)
    let partial = try #require(result.partial)
    #expect(partial.decided == expected)
    #expect(partial.settled < 24)
    #expect(gate.outcome(for: result.bounds) == expected)
    let whole = try await run.settle(in: folder)
    #expect(whole.count > early.count)
    let finished = run.result(whole)
    #expect(finished.partial == nil)
    #expect(gate.outcome(for: finished.bounds) == expected)
    #expect((partial.robustAtLeast...partial.robustAtMost).contains(finished.robust.count))
    #expect(
      SmallRun.timeless(whole) == SmallRun.timeless(try await run.settle(in: scratch.path("whole")))
    )
  }

  @Test func aPartialResultIsNeverCalledRobustAccuracy() async throws {
    let scratch = try Scratch()
    let run = try SmallRun()
    let gate = AccuracyGate(percent: 90)
    let entries = try await run.settle(in: scratch.path("run"), width: 1, until: gate)
    var settings = run.settings
    settings.autoAttackVersion = "standard"
    let result = EvaluationResult(
      settings: settings, entries: entries, versions: ["robeval": "test"], gate: gate)
    try ReportWriter.write(
      result, entries: entries, into: scratch.path("run"), command: "robeval")
    for file in ["report.md", "result.json", "log.txt"] {
      let text = try String(contentsOfFile: scratch.path("run/" + file), encoding: .utf8)
      #expect(!text.contains("AutoAttack"), "\(file)")
      #expect(!text.contains("autoattack_version"), "\(file)")
      #expect(text.lowercased().contains("partial"), "\(file)")
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.path("run/model_info.json")))
    let page = try String(contentsOfFile: scratch.path("run/report.md"), encoding: .utf8)
    #expect(page.contains("decided early: 90 % cannot be reached any more"))
    #expect(SummaryText(result).text.contains("partial: the robust accuracy is from"))
    let recorded = try RecordedResult(scratch.path("run"))
    #expect(recorded.partial == result.partial)
    let table = Leaderboard([recorded]).text(.csv)
    #expect(table.contains("not measured") && table.contains("partial: 3 of 24 images settled"))
    #expect(throws: EvaluationError.self) { try RunComparison(recorded, recorded) }
    let error = #expect(throws: EvaluationError.self) { try RecordedRun(scratch.path("run")) }
    #expect(error?.description.contains("--stop-when-decided") == true)
  }
}

extension LedgerEntry {
  fileprivate static func made(_ index: Int, _ outcome: Outcome) -> LedgerEntry {
    LedgerEntry(
      index: index, attack: "made up", outcome: outcome, distance: 0, margin: 1, predicted: 0,
      label: 0, passes: PassCount())
  }
}
