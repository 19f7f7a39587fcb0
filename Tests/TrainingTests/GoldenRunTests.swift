import Foundation
import Testing

/// Whole training steps against PyTorch in double precision.
struct GoldenRunTests {
  static let files = [
    "01_natural", "02_trades", "03_trades_awp", "04_ikl_at", "05_ltd",
    "11_fast_training", "12_mart",
  ]

  /// All runs, taken once for all tests.
  static let outcomes = Task {
    var outcomes: [GoldenOutcome] = []
    for file in files {
      for (name, run) in try GoldenRun.runs(in: file) {
        outcomes.append(try await run.outcome(name))
      }
    }
    return outcomes
  }

  @Test func allRunsAreTaken() async throws {
    #expect(try await Self.outcomes.value.count == 58)
  }

  @Test(arguments: files)
  func everyRunIsWithinTheTolerances(_ file: String) async throws {
    for outcome in try await Self.outcomes.value where outcome.name.hasPrefix(file) {
      let wrong = outcome.comparisons.filter { !$0.isNear }.prefix(3).map(\.description)
      #expect(wrong.isEmpty, "\(outcome.name)")
      #expect(!outcome.comparisons.isEmpty, "\(outcome.name)")
    }
  }
}
