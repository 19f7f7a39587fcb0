import Attacks
import Graphs
import Tensors
import TestSupport
import Testing

@testable import Training

/// Whole steps of methods that read features against PyTorch in double precision.
struct GoldenFeatureRunTests {
  /// How a golden run is one of ours.
  struct Run: Sendable, CustomTestStringConvertible {
    var name: String
    var recipe: String
    var epoch = 1
    /// The name of the term, where it is not the recipe's.
    var term: String?
    /// What is added to the recipe.
    var with: String?
    /// Golden names of layers that are others here.
    var names: [String: String] = [:]

    var testDescription: String { name }
  }

  static let runs = [
    Run(name: "AT", recipe: "at"), Run(name: "SP", recipe: "sp"), Run(name: "NST", recipe: "nst"),
    Run(name: "RKD", recipe: "rkd"), Run(name: "PKT", recipe: "pkt"),
    Run(name: "DKD", recipe: "dkd", epoch: 5), Run(name: "CC", recipe: "cc"),
    Run(name: "FitNet", recipe: "fitnet"),
    Run(name: "FT", recipe: "ft"), Run(name: "FSP", recipe: "fsp"),
    Run(name: "AB resnet8", recipe: "ab"), Run(name: "AB wrn_16_1", recipe: "ab"),
    Run(name: "CRD exact", recipe: "crd", names: ["crd.": ""]),
    Run(name: "CRD+KD relax", recipe: "crd", with: "kd", names: ["crd.": ""]),
    Run(name: "OFD teacher eval", recipe: "ofd", names: ["conn.": ""]),
    Run(
      name: "HSAKD", recipe: "hsakd", names: [:]),
    Run(name: "SSKD", recipe: "sskd", term: "ss"),
    Run(
      name: "VID", recipe: "vid", names: ["vid1.": "1.", "vid2.": "2.", "vid3.": "3."]),
  ]

  /// `aux_s.e1.0.2.conv1.weight` is of the third block of the first stage behind the first; behind the
  /// last stage comes another like it.
  static func branchName(_ name: String) -> String {
    let parts = name.split(separator: ".").map(String.init)
    if parts[1].hasPrefix("fc") {
      return "\(parts[0]).e\(parts[1].dropFirst(2)).fc.\(parts[2])"
    }
    let (branch, stage) = (Int(parts[1].dropFirst()) ?? 0, Int(parts[2]) ?? 0)
    let layer = "layer\(min(branch + stage + 1, 3))"
    return ([parts[0], parts[1], layer] + parts.dropFirst(3)).joined(separator: ".")
  }

  @Test(arguments: runs)
  func `Two steps are PyTorch's`(_ run: Run) async throws {
    let golden = try #require(try GoldenFeatureRun.runs()[run.name])
    var published = try PublishedRecipe.named(run.recipe, classes: 100)
    if let with = run.with { published = try published.with(with, classes: 100) }
    var recipe = published.recipe
    if golden.partners != nil {
      recipe.loss.terms[1].term = ContrastiveRepresentation(negatives: 16)
    }
    let outcome = try await golden.outcome(run.name, recipe, epoch: run.epoch) { name in
      let renamed = run.names.first { name.hasPrefix($0.key) }
      if run.name == "HSAKD" { return "hsakd." + Self.branchName(name) }
      return "\(run.term ?? run.recipe)."
        + (renamed.map { $0.value + name.dropFirst($0.key.count) } ?? name)
    }
    let wrong = outcome.comparisons.filter { !$0.isNear }.prefix(8).map(\.description)
    #expect(wrong.isEmpty)
    #expect(outcome.comparisons.count > 60)
  }

  /// A regulariser on particles, added to a method by its name, leaves features to clean images.
  @Test func `Attention transfer with particles is the sum of both`() async throws {
    let golden = try #require(try GoldenFeatureRun.runs()["AT+TALD"])
    var recipe = try PublishedRecipe.named("at", classes: 100).with("tald", classes: 100).recipe
    #expect(recipe.loss.terms.map(\.name) == ["ce", "at", "tald"])
    #expect(recipe.loss.terms.map(\.weight) == [1, 1000, 0.01])
    let normalization = GoldenFeatureRun.normalization
    let space = InputSpace(mean: normalization.mean, deviation: normalization.deviation)
    recipe.loss.terms[2].term = LocalDistribution(
      count: 2, particles: .paper(steps: 2, length: 0.1, spread: 1, bandwidth: .fixed(0.3)),
      space: space)
    let outcome = try await golden.outcome(
      "AT+TALD", recipe,
      starts: { step in
        (0..<2).flatMap { particle in
          golden.batch(step).images.enumerated().map { row, image in
            var offset = image
            let tensor = 5000 + 100 * (particle + 2 * step) + golden.image_offset + 4 * step + row
            for place in offset.pixels.indices {
              offset.pixels[place] = Float(0.6 * Formula.value(tensor: tensor, element: place))
            }
            return offset
          }
        }
      }, { $0 })
    let wrong = outcome.comparisons.filter { !$0.isNear }.prefix(8).map(\.description)
    #expect(wrong.isEmpty)
    #expect(outcome.comparisons.count > 60)
  }
}
