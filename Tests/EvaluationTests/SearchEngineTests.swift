import Checkpoints
import Evaluation
import Execution
import Foundation
import Graphs
import OneDNNBackend
import Testing

@Suite struct SearchEngineTests {
  /// oneDNN under another processor's name.
  private struct Renamed: Backend {
    var description: String { "renamed" }
    let instructionSet: String
    let backend = OneDNNBackend()

    func compile(
      _ model: Model, for numerics: Numerics
    ) throws(BackendError) -> any CompiledNetwork { try backend.compile(model, for: numerics) }

    func trainingPlan(
      for model: Model, batch: Int, statistics: NormalizationStatistics,
      computing derivatives: Derivatives
    ) throws(BackendError) -> any TrainingPlan {
      try backend.trainingPlan(
        for: model, batch: batch, statistics: statistics, computing: derivatives)
    }
  }

  @Test func devicesThatRoundOtherwiseDoNotShareARun() throws {
    let model = try SmallRun().checkpoint.model
    let error = #expect(throws: BackendError.self) {
      try SearchEngine(
        model, on: [Renamed(instructionSet: "H100"), Renamed(instructionSet: "A100")], lanes: 2,
        width: 1)
    }
    let text = "\(try #require(error))"
    #expect(text.hasPrefix("--device: H100 and A100 round otherwise"))
    let engine = try SearchEngine(
      model, on: [Renamed(instructionSet: "H100"), Renamed(instructionSet: "H100")], lanes: 2,
      width: 1)
    defer { engine.pool.stop() }
    #expect(engine.rounding.first == "H100")
  }
}
