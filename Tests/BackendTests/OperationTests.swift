import Execution
import Graphs
import OneDNNBackend
import OpenBLASBackend
import Tensors
import TestSupport
import Testing

@Suite("Operations against double precision")
struct OperationTests {
  @Test("OpenBLAS computes each operation", arguments: OperationCase.all)
  func openBLASComputesEachOperation(_ operation: OperationCase) throws {
    let problems = try checkBackend(
      OpenBLASBackend(), on: operation, numerics: .exact, tolerance: 2e-6)
    #expect(problems.isEmpty)
  }

  @Test(
    "oneDNN computes each operation", arguments: OperationCase.all, [Numerics.fast, .exact])
  func oneDNNComputesEachOperation(_ operation: OperationCase, numerics: Numerics) throws {
    let problems = try checkBackend(
      OneDNNBackend(), on: operation, numerics: numerics, tolerance: 5e-6)
    #expect(problems.isEmpty)
  }

  @Test(
    "A pixel that is not a number shows in the logits",
    arguments: [
      "convolution 0", "maxPool 0", "averagePool over windows 0", "relu 0", "silu 0", "linear 0",
      "residual block 0",
    ])
  func notANumberShows(_ name: String) throws {
    let operation = try #require(OperationCase.all.first { $0.description == name })
    let image = Image(shape: operation.model.graph.input, repeating: .nan)
    let network = try OpenBLASBackend().compile(operation.model, for: .exact)
    let logits = try network.plan(batch: 1, computing: []).logits(
      of: [image], classes: network.classes)
    #expect(logits[0].contains { $0.isNaN })
  }

  @Test("Every operation is among the cases")
  func everyOperationIsAmongTheCases() {
    let covered = Set(
      OperationCase.all.flatMap { $0.model.graph.nodes.map(\.operation.name) })
    #expect(covered == Set(Operation.names))
  }

  @Test("A model that does not fit is refused with the node's name")
  func unfittingModelIsRefused() throws {
    var model = try #require(OperationCase.all.first).model
    model.parameters["convolution.bias"] = nil
    let error = #expect(throws: BackendError.self) {
      try OpenBLASBackend().compile(model, for: .exact)
    }
    #expect(
      error
        == BackendError(
          place: "convolution", problem: "the parameter convolution.bias is missing"))
  }

  @Test("The description names library and version")
  func descriptionNamesLibraryAndVersion() {
    #expect(OpenBLASBackend().description.wholeMatch(of: /openblas \d+\.\d+\.\d+.*/) != nil)
  }
}
