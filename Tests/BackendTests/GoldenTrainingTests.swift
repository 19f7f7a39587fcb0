import Execution
import Graphs
import OneDNNBackend
import OpenBLASBackend
import Tensors
import TestSupport
import Testing

@Suite("Training against float64 PyTorch", .serialized)
struct GoldenTrainingTests {
  /// The networks with a training step.
  static let trained = GoldenCase.fast.filter { $0.network.training != nil }
  /// The networks with norms of parameter gradients.
  static let differentiated = GoldenCase.fast.filter {
    $0.network.evaluation.parameterGradientNorms != nil
  }

  @Test("The fixture has all its training steps")
  func fixtureIsComplete() {
    #expect(Self.trained.count == 13)
    #expect(Self.differentiated.count == 57)
  }

  @Test("OpenBLAS trains", arguments: trained)
  func openBLASTrains(_ golden: GoldenCase) throws {
    try expectTraining(golden, on: OpenBLASBackend())
  }

  @Test("OpenBLAS gives parameter gradients", arguments: differentiated)
  func openBLASGivesParameterGradients(_ golden: GoldenCase) throws {
    try expectParameterGradients(golden, on: OpenBLASBackend())
  }

  @Test("oneDNN trains", arguments: trained)
  func oneDNNTrains(_ golden: GoldenCase) throws {
    try expectTraining(golden, on: OneDNNBackend())
  }

  @Test("oneDNN gives parameter gradients", arguments: differentiated)
  func oneDNNGivesParameterGradients(_ golden: GoldenCase) throws {
    try expectParameterGradients(golden, on: OneDNNBackend())
  }

  private func expectTraining(_ golden: GoldenCase, on backend: any Backend) throws {
    let discrepancies = try checkGoldenTraining(
      golden.network, try model(of: golden), positions: golden.trainingPositions, on: backend)
    #expect(discrepancies.count > 50)
    let tooFar = discrepancies.filter { $0.ratio > 1 }
    #expect(tooFar.isEmpty, "\(golden.name) on \(backend.description)")
  }

  private func expectParameterGradients(_ golden: GoldenCase, on backend: any Backend) throws {
    let discrepancies = try checkGoldenParameterGradients(
      golden.network, try model(of: golden), on: backend)
    let tooFar = discrepancies.filter { $0.ratio > 1 }
    #expect(tooFar.isEmpty, "\(golden.name) on \(backend.description)")
  }

  private func model(of golden: GoldenCase) throws -> Model {
    let architecture = try #require(golden.architecture)
    return Model(graph: architecture.graph, parameters: golden.network.formulaParameters())
  }
}
