import Execution
import Foundation
import Graphs
import OneDNNBackend
import OpenBLASBackend
import Tensors
import TestSupport
import Testing

/// A network of one of the fixtures.
struct GoldenCase: Sendable, CustomTestStringConvertible {
  var name: String
  var network: GoldenNetwork
  /// Where derivatives are listed.
  var positions: [[Int]]
  /// The same of training steps.
  var trainingPositions: [[Int]]

  var testDescription: String { name }

  /// How many tolerances a discrepancy may be.
  ///
  /// In this network a value before a ReLU is 9·10⁻⁸; which side of zero rounding puts it on is chance.
  func limit(of discrepancy: Discrepancy) -> Double {
    name == "tv-resnext50-64" && discrepancy.field.contains("grad") ? 2 : 1
  }

  /// Networks of more than 20 GMAC an image are slow.
  static let (fast, slow) = {
    let all = [published, further, modern].compactMap { $0 }.flatMap { file in
      file.networks.sorted { $0.key < $1.key }.map { name, network in
        GoldenCase(
          name: name, network: network,
          positions: file.evaluationPositions(side: network.shape.height),
          trainingPositions: file.trainingPositions(side: network.shape.height))
      }
    }
    let slowNames: Set = ["wrn-34-20", "wrn-70-16"]
    return (
      all.filter { !slowNames.contains($0.name) }, all.filter { slowNames.contains($0.name) }
    )
  }()

  static let published = fixture("architectures")
  static let further = fixture("further-architectures")
  static let modern = fixture("modern-architectures")

  private static func fixture(_ name: String) -> GoldenNetworks? {
    Bundle.module.url(forResource: "Fixtures/" + name, withExtension: "json")
      .flatMap { try? GoldenNetworks(file: $0) }
  }
}

@Suite("Networks against float64 PyTorch", .serialized)
struct GoldenTests {
  @Test("The formula gives the published weights and pixels")
  func formulaGivesPublishedValues() throws {
    let golden = try #require(GoldenCase.published)
    for check in golden.hashChecks {
      #expect(Formula.hash(tensor: check.t, element: check.i) == check.h)
    }
    let image = Formula.image(0, shape: FeatureShape(channels: 3, height: 32, width: 32))
    #expect(zip(image.pixels, golden.firstPixels).allSatisfy { abs($0 - $1) < 1e-7 })
    #expect(abs(image.norm(.l1) - golden.pixelSum) < 1e-3)
  }

  @Test("The fixtures have all their networks")
  func fixturesAreComplete() throws {
    #expect(try #require(GoldenCase.published).networks.count == 26)
    #expect(try #require(GoldenCase.further).networks.count == 10)
    #expect(try #require(GoldenCase.modern).networks.count == 33)
    #expect(GoldenCase.fast.count + GoldenCase.slow.count == 69)
  }

  @Test("OpenBLAS agrees", arguments: GoldenCase.fast)
  func openBLASAgrees(_ golden: GoldenCase) throws {
    try expectAgreement(golden, on: OpenBLASBackend(), numerics: .exact)
  }

  @Test(
    "oneDNN agrees on its fast path and on its exact one",
    arguments: GoldenCase.fast, [Numerics.fast, .exact])
  func oneDNNAgrees(_ golden: GoldenCase, numerics: Numerics) throws {
    try expectAgreement(golden, on: OneDNNBackend(), numerics: numerics)
  }

  @Test(
    "OpenBLAS agrees on the largest networks",
    .enabled(if: ProcessInfo.processInfo.environment["ROBEVAL_SLOW_TESTS"] != nil),
    arguments: GoldenCase.slow)
  func openBLASAgreesOnLargest(_ golden: GoldenCase) throws {
    try expectAgreement(golden, on: OpenBLASBackend(), numerics: .exact)
  }

  @Test(
    "oneDNN agrees on the largest networks",
    .enabled(if: ProcessInfo.processInfo.environment["ROBEVAL_SLOW_TESTS"] != nil),
    arguments: GoldenCase.slow)
  func oneDNNAgreesOnLargest(_ golden: GoldenCase) throws {
    try expectAgreement(golden, on: OneDNNBackend(), numerics: .fast)
  }

  private func expectAgreement(
    _ golden: GoldenCase, on backend: any Backend, numerics: Numerics
  ) throws {
    let network = golden.network
    let architecture = try #require(golden.architecture)
    #expect(architecture.parameterOrder == network.parameters.map(\.name))
    #expect(try architecture.summary().parameters == network.parameterCount)

    let model = Model(graph: architecture.graph, parameters: network.formulaParameters())
    try expectFormulaSums(of: model, network)
    let discrepancies = try checkGolden(
      network, model, positions: golden.positions, on: backend, numerics: numerics)
    let tooFar = discrepancies.filter { $0.ratio > golden.limit(of: $0) }
    #expect(tooFar.isEmpty, "\(golden.name) on \(backend.description)")
  }

  private func expectFormulaSums(of model: Model, _ network: GoldenNetwork) throws {
    var (sum, absoluteSum) = (0.0, 0.0)
    for parameter in network.parameters {
      let tensor = try #require(model.parameters[parameter.name])
      tensor.withUnsafeElements { elements in
        for element in elements {
          sum += Double(element)
          absoluteSum += Double(abs(element))
        }
      }
    }
    let tolerance = 1e-7 * network.check.absoluteSum
    #expect(abs(sum - network.check.sum) <= tolerance)
    #expect(abs(absoluteSum - network.check.absoluteSum) <= tolerance)
  }
}
