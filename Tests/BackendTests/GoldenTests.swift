import Execution
import Foundation
import Graphs
import OneDNNBackend
import OpenBLASBackend
import Tensors
import TestSupport
import Testing

/// The fixture, read once.
private let golden: GoldenNetworks? = Bundle.module
  .url(forResource: "Fixtures/architectures", withExtension: "json")
  .flatMap { try? GoldenNetworks(file: $0) }

/// Networks of more than 20 GMAC an image.
private let slow: Set<String> = ["wrn-34-20", "wrn-70-16"]

private func networkNames(slow wanted: Bool) -> [String] {
  (golden?.networks.keys.sorted() ?? []).filter { slow.contains($0) == wanted }
}

@Suite("Networks against float64 PyTorch", .serialized)
struct GoldenTests {
  @Test("The formula gives the published weights and pixels")
  func formulaGivesPublishedValues() throws {
    let golden = try #require(golden)
    for check in golden.hashChecks {
      #expect(Formula.hash(tensor: check.t, element: check.i) == check.h)
    }
    let image = Formula.image(0, shape: FeatureShape(channels: 3, height: 32, width: 32))
    #expect(zip(image.pixels, golden.firstPixels).allSatisfy { abs($0 - $1) < 1e-7 })
    #expect(abs(image.norm(.l1) - golden.pixelSum) < 1e-3)
  }

  @Test("The fixture has all its networks")
  func fixtureIsComplete() throws {
    #expect(try #require(golden).networks.count == 26)
  }

  @Test("OpenBLAS agrees", arguments: networkNames(slow: false))
  func openBLASAgrees(_ name: String) throws {
    try expectAgreement(name, on: OpenBLASBackend(), numerics: .exact)
  }

  @Test(
    "oneDNN agrees on its fast path and on its exact one",
    arguments: networkNames(slow: false), [Numerics.fast, .exact])
  func oneDNNAgrees(_ name: String, numerics: Numerics) throws {
    try expectAgreement(name, on: OneDNNBackend(), numerics: numerics)
  }

  @Test(
    "OpenBLAS agrees on the largest networks",
    .enabled(if: ProcessInfo.processInfo.environment["ROBEVAL_SLOW_TESTS"] != nil),
    arguments: networkNames(slow: true))
  func openBLASAgreesOnLargest(_ name: String) throws {
    try expectAgreement(name, on: OpenBLASBackend(), numerics: .exact)
  }

  private func expectAgreement(
    _ name: String, on backend: any Backend, numerics: Numerics
  ) throws {
    let golden = try #require(golden)
    let network = try #require(golden.networks[name])
    let architecture = try #require(network.architecture(named: name))
    #expect(architecture.parameterOrder == network.parameters.map(\.name))
    #expect(try architecture.summary().parameters == network.parameterCount)

    let model = Model(graph: architecture.graph, parameters: network.formulaParameters())
    try expectFormulaSums(of: model, network)
    let discrepancies = try checkGolden(
      network, model, positions: golden.evaluationPositions(side: network.shape.height),
      on: backend, numerics: numerics)
    let tooFar = discrepancies.filter { $0.ratio > 1 }
    #expect(tooFar.isEmpty, "\(name) on \(backend.description)")
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
