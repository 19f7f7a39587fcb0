@testable import Graphs
import Tensors
import Testing

/// A graph that is wrong in one way, and what must be said about it.
struct WrongGraph: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var image = FeatureShape(channels: 4, height: 6, width: 5)
  var nodes: [Graph.Node]
  var parameters: [String: [Int]] = [:]
  var place = "x"
  var problem: String

  /// One operation on the image, named `x`.
  init(
    _ testDescription: String, _ operation: Operation, inputs: [Int] = [0],
    parameters: [String: [Int]] = [:], problem: String
  ) {
    self.testDescription = testDescription
    nodes = [
      .init(name: "input", operation: .input, inputs: []),
      .init(name: "x", operation: operation, inputs: inputs),
    ]
    self.parameters = parameters
    self.problem = problem
  }

  /// Any nodes.
  init(
    _ testDescription: String, image: FeatureShape? = nil, nodes: [Graph.Node], place: String,
    problem: String
  ) {
    self.testDescription = testDescription
    self.image = image ?? self.image
    self.nodes = nodes
    self.place = place
    self.problem = problem
  }
}

extension WrongGraph {
  private static let input = Graph.Node(name: "input", operation: .input, inputs: [])
  private static let convolution = Operation.convolution(Convolution(weight: "w", bias: "b"))

  static let all = structure + weights + windows + channels

  private static let structure: [WrongGraph] = [
    .init("an empty graph", nodes: [], place: "graph", problem: "the first node must be the input"),
    .init(
      "no input", nodes: [.init(name: "x", operation: .relu, inputs: [])], place: "graph",
      problem: "the first node must be the input"),
    .init(
      "a node that reads itself", .relu, inputs: [1], problem: "an input is not an earlier node"),
    .init(
      "a node before the first", .relu, inputs: [-1], problem: "an input is not an earlier node"),
    .init("two inputs for one", .relu, inputs: [0, 0], problem: "it has 2 inputs; it needs 1"),
    .init("one input for two", .add, problem: "it has 1 inputs; it needs 2"),
    .init(
      "shapes that differ",
      nodes: [
        input, .init(name: "pooled", operation: .globalAveragePool, inputs: [0]),
        .init(name: "x", operation: .add, inputs: [0, 1]),
      ], place: "x", problem: "it adds 4×6×5 and 4×1×1"),
    .init(
      "an image beyond memory", image: FeatureShape(channels: 1 << 40, height: 1 << 40, width: 1),
      nodes: [input], place: "input",
      problem: "its output 1099511627776×1099511627776×1 is empty or larger than 2²⁸ values"),
    .init(
      "an empty image", image: FeatureShape(channels: 3, height: 0, width: 5), nodes: [input],
      place: "input", problem: "its output 3×0×5 is empty or larger than 2²⁸ values"),
  ]

  private static let weights: [WrongGraph] = [
    .init("a missing weight", convolution, problem: "the parameter w is missing"),
    .init(
      "a weight of another rank", convolution, parameters: ["w": [8, 4, 3]],
      problem: "w is 8×4×3; it must have 4 extents"),
    .init(
      "a weight for other inputs", convolution, parameters: ["w": [8, 3, 3, 3], "b": [8]],
      problem: "w is 8×3×3×3; the graph needs 8×4×3×3"),
    .init(
      "a bias of another length", convolution, parameters: ["w": [8, 4, 3, 3], "b": [4]],
      problem: "b is 4; it must be 8"),
    .init(
      "groups that do not divide", .convolution(Convolution(weight: "w", groups: 3)),
      parameters: ["w": [9, 1, 3, 3]],
      problem: "4 inputs and 9 outputs do not fall into 3 groups"),
    .init(
      "no group", .convolution(Convolution(weight: "w", groups: 0)),
      parameters: ["w": [9, 1, 3, 3]],
      problem: "4 inputs and 9 outputs do not fall into 0 groups"),
    .init(
      "statistics of another length", .batchNormalization(BatchNormalization(prefix: "n")),
      parameters: [
        "n.weight": [4], "n.bias": [4], "n.running_mean": [4], "n.running_var": [5],
      ], problem: "n.running_var is 5; it must be 4"),
    .init(
      "a missing shift", .channelAffine(ChannelAffine(scale: "s", shift: "t")),
      parameters: ["s": [4]], problem: "the parameter t is missing"),
    .init(
      "an image for a matrix", .linear(Linear(weight: "w")), parameters: ["w": [10, 120]],
      problem: "w is 10×120; the graph needs 10×4"),
    .init(
      "a threshold a channel",
      .meanSparse(MeanSparse(mean: "m", variance: "v", threshold: "t")),
      parameters: ["m": [4], "v": [4], "t": [4]], problem: "t is 4; it must have 0 extents"),
    .init(
      "a layer normalisation for other channels",
      .layerNormalization(LayerNormalization(weight: "w", bias: "b", epsilon: 1e-6)),
      parameters: ["w": [5], "b": [4]], problem: "w is 5; it must be 4"),
    .init(
      "a scalar for a vector", .channelAffine(ChannelAffine(scale: "s", shift: "t")),
      parameters: ["s": [], "t": [4]], problem: "s is scalar; it must have 1 extents"),
  ]

  private static let windows: [WrongGraph] = [
    .init(
      "a window beyond the image", .maxPool(Pooling(kernel: Size(7))),
      problem: "the window 7×7 is larger than its padded input 4×6×5"),
    .init(
      "no stride", .averagePool(Pooling(kernel: Size(2), stride: Size(0))),
      problem: "a kernel, stride or padding is outside 1…4096"),
    .init(
      "a negative padding", .averagePool(Pooling(kernel: Size(2), padding: Padding(-1))),
      problem: "a kernel, stride or padding is outside 1…4096"),
    .init(
      "a negative border", .pad(ConstantPadding(spatial: Padding(-1))),
      problem: "a padding is negative or above 4096"),
  ]

  private static let channels: [WrongGraph] = [
    .init(
      "constants of another length",
      .normalize(Normalization(mean: [0, 0, 0], deviation: [1, 1, 1, 1])),
      problem: "it has 3 means and 4 deviations for 4 channels"),
    .init(
      "a division by zero",
      .normalize(Normalization(mean: [0, 0, 0, 0], deviation: [1, 1, 0, 1])),
      problem: "a constant is not finite or divides by zero"),
    .init("nothing to concatenate", .concatenate, inputs: [], problem: "it concatenates nothing"),
    .init(
      "sizes that differ",
      nodes: [
        input, .init(name: "pooled", operation: .globalAveragePool, inputs: [0]),
        .init(name: "x", operation: .concatenate, inputs: [0, 1]),
      ], place: "x", problem: "it concatenates 4×6×5 and 4×1×1"),
    .init(
      "groups to shuffle", .channelShuffle(groups: 3),
      problem: "4 channels do not fall into 3 groups"),
    .init(
      "channels that are no three parts", .attention(Attention(heads: 1, scale: 1)),
      problem: "4 channels are no three parts"),
    .init(
      "a table of another size",
      .table(Table(parameter: "t", shape: FeatureShape(channels: 2), order: .channelsLast)),
      parameters: ["t": [3]], problem: "it has 1 inputs; a table has none"),
    .init(
      "positions that are not there", .rearrange(.positions(from: 29, to: 31)),
      problem: "4×6×5 cannot be rearranged by positions(from: 29, to: 31)"),
    .init(
      "blocks that do not fit", .rearrange(.spaceToDepth(block: 2, order: .rows)),
      problem: "4×6×5 cannot be rearranged by "
        + "spaceToDepth(block: 2, order: Graphs.Rearrangement.BlockOrder.rows)"),
    .init(
      "a mirror beyond the image", .rearrange(.reflectedPadding(Padding(5))),
      problem: "4×6×5 cannot be rearranged by reflectedPadding(Graphs.Padding(top: 5, left: 5, "
        + "bottom: 5, right: 5))"),
    .init(
      "channels that are not there", .channelSlice(2..<5),
      problem: "channels 2..<5 are not among 4"),
    .init("no channel", .channelSlice(2..<2), problem: "channels 2..<2 are not among 4"),
  ]
}

@Suite("Shape inference")
struct ShapeInferenceTests {
  @Test("What does not fit is named", arguments: WrongGraph.all)
  func whatDoesNotFitIsNamed(_ wrong: WrongGraph) {
    let graph = Graph(input: wrong.image, nodes: wrong.nodes)
    let error = #expect(throws: GraphError.self) {
      try graph.shapes(parameters: wrong.parameters)
    }
    #expect(error == GraphError(place: wrong.place, problem: wrong.problem))
  }

  @Test("A linear layer of another width says what it needs")
  func linearLayerSaysWhatItNeeds() {
    var builder = GraphBuilder(input: FeatureShape(channels: 4, height: 6, width: 5))
    let flat = builder.flatten(builder.input)
    _ = builder.linear(flat, "fc", outputs: 10)
    let error = #expect(throws: GraphError.self) {
      try builder.built.shapes(parameters: ["fc.weight": [10, 100], "fc.bias": [10]])
    }
    #expect(error?.description == "fc: fc.weight is 10×100; the graph needs 10×120")
  }

  @Test(
    "A convolution covers what PyTorch's formula says",
    arguments: [
      // input, kernel, stride, padding before, padding after → output
      (32, 3, 1, 1, 1, 32), (32, 3, 2, 1, 1, 16), (32, 3, 2, 0, 1, 16), (7, 3, 2, 1, 1, 4),
      (224, 7, 2, 3, 3, 112), (5, 5, 1, 0, 0, 1), (6, 1, 4, 0, 0, 2),
    ])
  func convolutionCovers(
    _ side: Int, _ kernel: Int, _ stride: Int, _ before: Int, _ after: Int, _ expected: Int
  ) throws {
    var builder = GraphBuilder(input: FeatureShape(channels: 2, height: side, width: side))
    let output = builder.convolution(
      builder.input, "c", channels: 3, kernel: kernel, stride: stride,
      padding: Padding(top: before, left: before, bottom: after, right: after))
    let shapes = try builder.built.shapes(parameters: builder.parameterShapes)
    #expect(shapes.last == FeatureShape(channels: 3, height: expected, width: expected))
    #expect(output.shape == shapes.last)
  }

  @Test(
    "A builder's shapes are those of the inference", arguments: Architecture.names, [0, 16])
  func buildersShapesAreThoseOfTheInference(_ pattern: String, _ excess: Int) throws {
    let family = try #require(ArchitectureFamily.all.first { $0.patterns[0] == pattern })
    let numbers = try #require(family.numbers(in: Self.member(of: pattern)))
    // Sides that differ, and that some strides do not divide, show how a builder computes.
    var input = family.input
    input.height += excess
    input.width += excess / 2
    var builder = GraphBuilder(input: input)
    let image = builder.normalize(
      builder.input,
      Normalization(
        mean: Array(repeating: 0, count: input.channels),
        deviation: Array(repeating: 1, count: input.channels)))
    _ = try #require(family.declare(&builder, image, numbers, 7))
    let shapes = try builder.built.shapes(parameters: builder.parameterShapes)
    #expect(shapes == builder.shapes)
    #expect(excess > 0 || shapes.last == FeatureShape(channels: 7))
  }

  @Test("An architecture lists what its graph reads", arguments: Architecture.names)
  func architectureListsWhatItsGraphReads(_ pattern: String) throws {
    let architecture = try #require(Architecture.named(Self.member(of: pattern)))
    let read = Set(architecture.graph.nodes.flatMap(\.operation.parameterNames))
    #expect(read == Set(architecture.parameterOrder))
    #expect(architecture.parameterOrder.count == architecture.parameterShapes.count)
  }

  @Test("Architectures are made of every operation")
  func architecturesAreMadeOfEveryOperation() {
    let made = Architecture.names.compactMap { Architecture.named(Self.member(of: $0)) }
      .flatMap { $0.graph.nodes.map(\.operation.name) }
    #expect(Set(Operation.names).subtracting(made) == [])
  }

  /// A small member of a family.
  private static func member(of pattern: String) -> String {
    pattern.replacing("<depth>", with: pattern.contains("resnet") ? "20" : "16")
      .replacing("<width>", with: "1")
  }

  @Test("An output that is no vector has no classes")
  func outputThatIsNoVector() {
    let model = Model(
      graph: GraphBuilder(input: FeatureShape(channels: 3, height: 2, width: 2)).built,
      parameters: [:])
    let error = #expect(throws: GraphError.self) { try model.classes() }
    #expect(error == GraphError(place: "input", problem: "the output is no vector"))
  }
}
