import Tensors
import Testing

@testable import Training

/// Whole steps of methods that read features against PyTorch in double precision.
struct GoldenFeatureRunTests {
  /// How a golden run is one of ours.
  struct Run: Sendable, CustomTestStringConvertible {
    var name: String
    var recipe: String
    var epoch = 1
    /// Golden names of layers that are others here.
    var names: [String: String] = [:]

    var testDescription: String { name }
  }

  static let runs = [
    Run(name: "AT", recipe: "at"), Run(name: "SP", recipe: "sp"), Run(name: "NST", recipe: "nst"),
    Run(name: "RKD", recipe: "rkd"), Run(name: "PKT", recipe: "pkt"),
    Run(name: "DKD", recipe: "dkd", epoch: 5), Run(name: "CC", recipe: "cc"),
    Run(name: "FitNet", recipe: "fitnet"),
    Run(
      name: "VID", recipe: "vid", names: ["vid1.": "1.", "vid2.": "2.", "vid3.": "3."]),
  ]

  @Test(arguments: runs)
  func `Two steps are PyTorch's`(_ run: Run) async throws {
    let golden = try #require(try GoldenFeatureRun.runs()[run.name])
    let recipe = try PublishedRecipe.named(run.recipe, classes: 100).recipe
    let outcome = try await golden.outcome(run.name, recipe, epoch: run.epoch) { name in
      let renamed = run.names.first { name.hasPrefix($0.key) }
      return "\(run.recipe)." + (renamed.map { $0.value + name.dropFirst($0.key.count) } ?? name)
    }
    let wrong = outcome.comparisons.filter { !$0.isNear }.prefix(8).map(\.description)
    #expect(wrong.isEmpty)
    #expect(outcome.comparisons.count > 60)
  }
}
