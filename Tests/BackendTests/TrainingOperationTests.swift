import Execution
import Graphs
import OneDNNBackend
import OpenBLASBackend
import Tensors
import TestSupport
import Testing

@Suite("A training step against double precision")
struct TrainingOperationTests {
  @Test(
    "OpenBLAS trains each operation", arguments: OperationCase.all,
    NormalizationStatistics.allCases)
  func openBLASTrainsEachOperation(
    _ operation: OperationCase, statistics: NormalizationStatistics
  ) throws {
    let problems = try checkTraining(
      OpenBLASBackend(), on: operation, statistics: statistics, tolerance: 1e-5)
    #expect(problems.isEmpty)
  }

  @Test(
    "oneDNN trains each operation", arguments: OperationCase.all,
    NormalizationStatistics.allCases)
  func oneDNNTrainsEachOperation(
    _ operation: OperationCase, statistics: NormalizationStatistics
  ) throws {
    for threads in [3, 2, 1] {
      OneDNNBackend.useThreads(threads)
      let problems = try checkTraining(
        OneDNNBackend(), on: operation, statistics: statistics, tolerance: 1e-5)
      #expect(problems.isEmpty, "on \(threads) threads")
    }
  }

  @Test(
    "A channel with a single value is refused",
    arguments: [OpenBLASBackend(), OneDNNBackend()] as [any Backend])
  func singleValueIsRefused(_ backend: any Backend) throws {
    var builder = GraphBuilder(input: FeatureShape(channels: 2))
    _ = builder.batchNorm(builder.input, "norm")
    let model = Model(
      graph: builder.built,
      parameters: builder.parameterShapes.mapValues { Tensor(shape: $0, repeating: 1) })
    let error = #expect(throws: BackendError.self) {
      try backend.trainingPlan(
        for: model, batch: 1, statistics: .batch, computing: .parameters)
    }
    #expect(error?.place == "norm")
  }
}
