import Execution
import Graphs
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

  @Test("Every operation is among the cases")
  func everyOperationIsAmongTheCases() {
    let covered = Set(
      OperationCase.all.flatMap { $0.model.graph.nodes.map(\.operation.name) })
    #expect(covered.count == 17)
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
