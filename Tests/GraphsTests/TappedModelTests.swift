import Graphs
import TestSupport
import Tensors
import Testing

@Suite struct `Taps` {
  /// Two pixels, doubled; then summed; then two logits s and −s.
  private func model(names: [String] = ["block.0", "block.1", "pool", "fc"]) -> Model {
    Model(
      graph: Graph(
        input: FeatureShape(channels: 1, height: 1, width: 2),
        nodes: [
          Graph.Node(name: "input", operation: .input, inputs: []),
          Graph.Node(
            name: names[0], operation: .convolution(Convolution(weight: "kernel")), inputs: [0]),
          Graph.Node(name: names[1], operation: .relu, inputs: [1]),
          Graph.Node(name: names[2], operation: .globalAveragePool, inputs: [2]),
          Graph.Node(name: names[3], operation: .linear(Linear(weight: "fc")), inputs: [3]),
        ]),
      parameters: [
        "kernel": Tensor(shape: [1, 1, 1, 1], elements: [2]),
        "fc": Tensor(shape: [2, 1], elements: [1, -1]),
      ])
  }

  @Test func `A row is the logits and then each tap's values`() throws {
    let tapped = try TappedModel(model(), at: ["penultimate", "block.0", "block"])
    #expect(tapped.classes == 2)
    #expect(tapped.taps.map(\.places) == [2..<3, 3..<5, 5..<7])
    #expect(tapped.taps.map(\.shape.area) == [1, 2, 2])
    let row = try ReferenceNetwork(tapped.model).logits([-1, 4])
    // −1 and 4 doubled; rectified 0 and 8; their mean 4.
    #expect(row == [4, -4, 4, -2, 8, 0, 8])
  }

  @Test func `A cotangent at a tap reaches the pixels`() throws {
    let tapped = try TappedModel(model(), at: ["block.0"])
    let gradient = try ReferenceNetwork(tapped.model)
      .inputGradient([-1, 4], cotangent: [1, 0, 10, 100])
    // 2 · 10 where the rectifier blocks; 2 · (½ + 100) where it does not.
    #expect(gradient == [20, 201])
  }

  @Test func `Folding keeps what a tap reads`() throws {
    var random = RandomStream(seed: 3)
    for number in 0..<20 {
      let tapped = try OperationCase.randomGraph(number).tapped().operation.model
      let pixels = (0..<tapped.graph.input.count).map { _ in Double(random.uniform(in: 0..<1)) }
      let before = try ReferenceNetwork(tapped).logits(pixels)
      let folded = try tapped.foldingBatchNorm().convertingLinearToConvolution()
      let after = try ReferenceNetwork(folded).logits(pixels)
      let scale = before.map { abs($0) }.max() ?? 0
      #expect(before.count == after.count)
      #expect(zip(before, after).allSatisfy { abs($0 - $1) <= 1e-5 * scale })
    }
  }

  @Test func `A name that is no tap is answered with the names there are`() {
    let error = #expect(throws: GraphError.self) { try TappedModel(model(), at: ["blok"]) }
    #expect(
      error?.description
        == "blok: is not the name of a node; those are penultimate, input, block.0, block.1, pool, fc"
    )
  }

  @Test func `A name that two nodes have is refused`() {
    let twins = model(names: ["a", "a", "pool", "fc"])
    let error = #expect(throws: GraphError.self) { try TappedModel(twins, at: ["a"]) }
    #expect(error?.description == "a: 2 nodes have this name; tap another node")
  }
}
