import Execution
import Graphs
import Tensors
import TestSupport
import Testing

/// The reference is checked against its own definition: central differences of its logits.
@Suite("Reference network")
struct ReferenceNetworkTests {
  private static let shape = FeatureShape(channels: 4, height: 6, width: 5)

  /// A random model around one operation: the image, the operation, and logits from all its values.
  private static func model(_ operation: Graphs.Operation, parameters: [String: [Int]] = [:])
    throws -> Model
  {
    var random = RandomStream(seed: 7).forked(operation.name)
    var nodes = [
      Graph.Node(name: "input", operation: .input, inputs: []),
      Graph.Node(name: "tested", operation: operation, inputs: operation.reads),
    ]
    if operation == .linear(Linear(weight: "w", bias: "b")) {
      nodes.insert(.init(name: "front", operation: .flatten, inputs: [0]), at: 1)
      nodes[2].inputs = [1]
    }
    let inner = Graph(input: shape, nodes: nodes)
    let features = try #require(try inner.shapes(parameters: parameters).last?.count)
    nodes.append(.init(name: "flatten", operation: .flatten, inputs: [nodes.count - 1]))
    nodes.append(
      .init(
        name: "logits", operation: .linear(Linear(weight: "head", bias: nil)),
        inputs: [nodes.count - 1]))
    var tensors: [String: Tensor] = [:]
    for (name, extents) in parameters.merging(["head": [3, features]], uniquingKeysWith: { $1 })
      .sorted(by: { $0.key < $1.key })
    {
      let count = extents.reduce(1, *)
      tensors[name] = Tensor(
        shape: extents, elements: (0..<count).map { _ in random.uniform(in: 0.2..<1.2) })
    }
    return Model(graph: Graph(input: shape, nodes: nodes), parameters: tensors)
  }

  private static let vectors = ["s": [4], "t": [4], "m": [4], "v": [4]]
  private static let window = Pooling(
    kernel: Size(height: 3, width: 2), stride: Size(2),
    padding: Padding(top: 1, left: 0, bottom: 2, right: 1))
  private static var insideWindow: Pooling {
    var window = window
    window.divisor = .inside
    return window
  }

  static let operations: [(Graphs.Operation, [String: [Int]])] =
    [
      (
        .convolution(
          Convolution(
            weight: "w", bias: "b", stride: Size(height: 2, width: 1),
            padding: Padding(top: 0, left: 1, bottom: 2, right: 1), groups: 2)),
        ["w": [6, 2, 3, 2], "b": [6]]
      ),
      (
        .batchNormalization(
          BatchNormalization(weight: "s", bias: "t", mean: "m", variance: "v", epsilon: 0.1)),
        vectors
      ),
      (.channelAffine(ChannelAffine(scale: "s", shift: "t")), ["s": [4], "t": [4]]),
      (.channelAffine(ChannelAffine(scale: "s", shift: nil)), ["s": [4]]),
      (
        .layerNormalization(LayerNormalization(weight: "s", bias: "t", epsilon: 0.01)),
        ["s": [4], "t": [4]]
      ),
      // Of each position.
      (.linear(Linear(weight: "w", bias: "t")), ["w": [5, 4], "t": [5]]),
      (.relu, [:]), (.silu, [:]), (.add, [:]), (.multiply, [:]), (.maxPool(window), [:]),
      (.averagePool(window), [:]),
      (.averagePool(insideWindow), [:]), (.globalAveragePool, [:]), (.flatten, [:]),
      (.linear(Linear(weight: "w", bias: "b")), ["w": [5, 120], "b": [5]]),
      (
        .normalize(
          Normalization(mean: [0.1, 0.2, 0.3, 0.4], deviation: [0.5, 0.25, 2, 4])), [:]
      ),
      (.concatenate, [:]), (.channelShuffle(groups: 2), [:]), (.channelSlice(1..<3), [:]),
      (
        .pad(
          ConstantPadding(
            spatial: Padding(top: 1, left: 2, bottom: 0, right: 1), channelsBefore: 1,
            channelsAfter: 2, value: 0.5)), [:]
      ),
      // Of the same map three times; the bias by the distance, and by the pair.
      (
        .attention(
          Attention(
            heads: 2, scale: 0.7, bias: "d",
            window: .init(size: Size(height: 3, width: 5), shift: Size(height: 1, width: 2)))),
        ["d": [45, 2]]
      ),
      (
        .attention(Attention(heads: 2, scale: 0.7, bias: "d")), ["d": [2, 30, 30]]
      ),
      (.rearrange(.positions(from: 3, to: 20)), [:]),
      (.rearrange(.reflectedPadding(Padding(2))), [:]),
      (.rearrange(.joinedPositions), [:]),
    ] + ElementFunction.examples.map { (.elementwise($0), [:]) }

  @Test("the input gradient is what finite differences say", arguments: operations.indices)
  func gradients(position: Int) throws {
    let (operation, parameters) = Self.operations[position]
    let network = try ReferenceNetwork(try Self.model(operation, parameters: parameters))
    var random = RandomStream(seed: 11)
    let pixels = (0..<Self.shape.count).map { _ in Double(random.normal()) }
    let cotangent = [0.7, -1.3, 0.4]
    let gradient = network.inputGradient(pixels, cotangent: cotangent)
    #expect(gradient.contains { $0 != 0 })
    let step = 1e-6
    for index in pixels.indices {
      var (above, below) = (pixels, pixels)
      above[index] += step
      below[index] -= step
      let slope =
        zip(cotangent, zip(network.logits(above), network.logits(below))).reduce(0) {
          $0 + $1.0 * ($1.1.0 - $1.1.1)
        } / (2 * step)
      #expect(abs(slope - gradient[index]) <= 1e-6 * (1 + abs(slope)))
    }
  }

  @Test(
    "gradients over a batch are what finite differences say", arguments: operations.indices,
    NormalizationStatistics.allCases)
  func batchGradients(position: Int, statistics: NormalizationStatistics) throws {
    let (operation, parameters) = Self.operations[position]
    let model = try Self.model(operation, parameters: parameters)
    let network = try ReferenceNetwork(model)
    var random = RandomStream(seed: 12)
    let images = (0..<3).map { _ in (0..<Self.shape.count).map { _ in Double(random.normal()) } }
    let cotangents = [[0.7, -1.3, 0.4], [0.2, 0.9, -0.6], [-1.1, 0.3, 0.5]]
    func loss(_ images: [[Double]], _ network: ReferenceNetwork) -> Double {
      let logits = ReferenceBatch(images, through: network, statistics: statistics).logits
      return zip(logits.joined(), cotangents.joined()).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let gradients = ReferenceBatch(images, through: network, statistics: statistics)
      .gradients(cotangents: cotangents)
    let step = 1e-5
    func expectSlope(_ above: Double, _ below: Double, _ gradient: Double) {
      let slope = (above - below) / (2 * step)
      #expect(abs(slope - gradient) <= 1e-6 * (1 + abs(slope)))
    }
    for pixel in stride(from: 0, to: Self.shape.count, by: 7) {
      var (above, below) = (images, images)
      above[1][pixel] += step
      below[1][pixel] -= step
      expectSlope(loss(above, network), loss(below, network), gradients.images[1][pixel])
    }
    for name in model.graph.trainableNames {
      let gradient = try #require(gradients.parameters[name])
      for index in stride(from: 0, to: gradient.count, by: gradient.count / 20 + 1) {
        var (above, below) = (network, network)
        above.parameters[name]?[index] += step
        below.parameters[name]?[index] -= step
        expectSlope(loss(images, above), loss(images, below), gradient[index])
      }
    }
  }

  @Test("channel 2 of 6 in 2 groups was channel 1")
  func shuffleMovesChannels() throws {
    let shape = FeatureShape(channels: 6)
    let graph = Graph(
      input: shape,
      nodes: [
        .init(name: "input", operation: .input, inputs: []),
        .init(name: "shuffle", operation: .channelShuffle(groups: 2), inputs: [0]),
      ])
    let network = try ReferenceNetwork(Model(graph: graph, parameters: [:]))
    #expect(network.logits([0, 1, 2, 3, 4, 5]) == [0, 3, 1, 4, 2, 5])
  }
}

extension Graphs.Operation {
  /// The image, as often as the operation has inputs.
  fileprivate var reads: [Int] {
    switch self {
    case .add, .multiply, .concatenate, .rearrange(.joinedPositions): [0, 0]
    case .attention: [0, 0, 0]
    default: [0]
    }
  }
}
