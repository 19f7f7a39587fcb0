import Testing

@testable import Training

/// Whole steps of distillation against PyTorch in double precision.
struct GoldenDistillationTests {
  /// All runs, taken once for all tests.
  static let outcomes = Task {
    var outcomes: [GoldenOutcome] = []
    for (name, run) in try GoldenDistillation.runs() {
      outcomes.append(try await run.outcome(name))
    }
    return outcomes
  }

  @Test func nineRunsOfTenAreWithinTheTolerances() async throws {
    let outcomes = try await Self.outcomes.value
    #expect(outcomes.count == 15)
    let missed = outcomes.filter { !$0.isWithinTolerances }
    let report = missed.map { outcome in
      "\(outcome.name): "
        + outcome.comparisons.filter { !$0.isNear }.prefix(5).map(\.description)
        .joined(separator: "; ")
    }
    #expect(missed.count * 10 <= outcomes.count, "\(report.joined(separator: "\n"))")
  }

  @Test(arguments: ["KD", "IKL-KD", "BSS-KD", "TALD"])
  func everyMissIsOneThatRoundingExcuses(_ method: String) async throws {
    for outcome in try await Self.outcomes.value where outcome.name.hasPrefix(method) {
      let wrong = outcome.comparisons.filter { !$0.isExcusable }
      #expect(wrong.isEmpty, "\(outcome.name)")
      #expect(outcome.comparisons.count > 100)
    }
  }
}
