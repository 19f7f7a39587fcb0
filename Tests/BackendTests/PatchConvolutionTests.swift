import Execution
import Graphs
import Tensors
import TestSupport
import Testing

@testable import OneDNNBackend

@Suite("Convolutions of blocks, as vision transformers begin with")
struct PatchConvolutionTests {
  /// Blocks of an image as positions, and a linear layer on their mean.
  private func model(block: Int, seed: UInt64 = 1) -> Model {
    var builder = GraphBuilder(input: FeatureShape(channels: 3, height: 32, width: 32))
    let patches = builder.convolution(
      builder.input, "patches", channels: 20, kernel: block, stride: block, bias: .present)
    _ = builder.linear(
      builder.flatten(builder.globalAveragePool(builder.silu(patches))), "head", outputs: 10)
    let random = RandomStream(seed: seed)
    let parameters = builder.parameterShapes.map { name, shape in
      var own = random.forked(name)
      let values = (0..<shape.reduce(1, *)).map { _ in own.uniform() - 0.5 }
      return (name, Tensor(shape: shape, elements: values))
    }
    return Model(
      graph: builder.built, parameters: Dictionary(uniqueKeysWithValues: parameters))
  }

  private func rearrangements(_ network: any CompiledNetwork) throws -> Int {
    try #require(network as? OneDNNNetwork).graph.nodes.count {
      if case .rearrange = $0.operation { true } else { false }
    }
  }

  @Test("Their gradients are no plain loops, and right", arguments: [4, 8, 16])
  func gradients(block: Int) throws {
    let model = model(block: block)
    let network = try OneDNNBackend().compile(model, for: .fast)
    let plan = try network.plan(batch: 1, computing: .input)
    let image = Formula.image(0, shape: model.graph.input)
    let cotangent = (0..<10).map { Float($0) - 4.5 }
    _ = try plan.logits(of: [image], classes: 10)
    let gradient = try plan.gradient(of: [image], cotangent: cotangent)
    let expected = try ReferenceNetwork(model).inputGradient(
      image, cotangent: cotangent.map { Double($0) })
    let scale = expected.map { abs($0) }.max() ?? 0
    #expect(zip(gradient, expected).allSatisfy { abs(Double($0) - $1) <= 1e-5 * scale })
    #expect(try rearrangements(network) == (block > 4 ? 1 : 0))
  }

  @Test("Other weights take the place of the present ones")
  func reloading() throws {
    let model = model(block: 8)
    let network = try OneDNNBackend().compile(model, for: .fast)
    let other = self.model(block: 8, seed: 2)
    try network.reload(other)
    let fresh = try OneDNNBackend().compile(other, for: .fast)
    let image = Formula.image(1, shape: model.graph.input)
    let logits = try [network, fresh].map {
      try $0.plan(batch: 1, computing: []).logits(of: [image], classes: 10)
    }
    #expect(logits[0] == logits[1])
  }
}
