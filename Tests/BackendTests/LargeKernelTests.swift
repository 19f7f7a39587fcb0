import Execution
import Graphs
import Tensors
import TestSupport
import Testing

@testable import OneDNNBackend

@Suite("Kernels as large as the image")
struct LargeKernelTests {
  /// A linear layer on an image, as a convolution.
  private func network(_ image: FeatureShape) throws -> OneDNNNetwork {
    var builder = GraphBuilder(input: image)
    _ = builder.linear(builder.flatten(builder.input), "linear", outputs: 10)
    let model = Model(
      graph: builder.built, parameters: builder.parameterShapes.mapValues { Tensor(shape: $0) })
    return try OneDNNNetwork(
      lowering: model, numerics: .exact, engine: Engine.shared.get(), sharing: .shared)
  }

  private func geometry(_ network: OneDNNNetwork, batch: Int) throws -> ConvolutionGeometry {
    let last = network.graph.nodes.count - 1
    guard case .convolution(let convolution) = network.graph.nodes[last].operation else {
      throw BackendError(place: "linear", problem: "no convolution was made of it")
    }
    return try ConvolutionGeometry(
      convolution, in: network, from: network.graph.nodes[last].inputs[0], to: last, batch: batch)
  }

  @Test(
    "oneDNN has kernels for the gradients, for every image and batch",
    arguments: [
      FeatureShape(channels: 1, height: 28, width: 28),
      FeatureShape(channels: 3, height: 32, width: 32),
      FeatureShape(channels: 100, height: 7, width: 24),
      FeatureShape(channels: 64, height: 8, width: 8),
    ], [1, 7])
  func gradientsHaveKernels(_ image: FeatureShape, batch: Int) throws {
    let network = try network(image)
    let goingBack = try geometry(network, batch: batch).goingBack(batch: batch)
    #expect(try !goingBack.backward(engine: network.engine).isReference)
    #expect(try !goingBack.weightGradient(bias: nil, engine: network.engine).isReference)
  }

  @Test("What oneDNN has kernels for stays as it is")
  func smallKernelsStay() throws {
    let network = try network(FeatureShape(channels: 64, height: 8, width: 8))
    #expect(try !geometry(network, batch: 1).isFlatGoingBack)
  }
}
