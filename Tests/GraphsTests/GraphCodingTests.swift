import Foundation
import Graphs
import Tensors
import Testing

@Suite("Graphs as JSON")
struct GraphCodingTests {
  /// One of each operation, with no field at its default.
  static let operations: [Graphs.Operation] =
    [
      .input, .relu, .silu, .add, .multiply, .globalAveragePool, .flatten, .concatenate,
      .convolution(
        Convolution(
          weight: "w", bias: "b", stride: Size(height: 2, width: 3),
          padding: Padding(top: 1, left: 2, bottom: 3, right: 4), groups: 5)),
      .convolution(Convolution(weight: "w")),
      .batchNormalization(
        BatchNormalization(weight: "g", bias: "b", mean: "m", variance: "v", epsilon: 1e-3)),
      .channelAffine(ChannelAffine(scale: "s", shift: "t")),
      .channelAffine(ChannelAffine(scale: "s", shift: nil)),
      .layerNormalization(LayerNormalization(weight: "w", bias: "b", epsilon: 1e-6)),
      .meanSparse(MeanSparse(mean: "m", variance: "v", threshold: "t")),
      .maxPool(Pooling(kernel: Size(3), stride: Size(2), padding: Padding(1))),
      .averagePool(
        Pooling(kernel: Size(height: 2, width: 3), padding: Padding(1), divisor: .inside)),
      .linear(Linear(weight: "w", bias: "b")), .linear(Linear(weight: "w")),
      .normalize(Normalization(mean: [0.1, 0.2], deviation: [0.3, 0.4])),
      .channelShuffle(groups: 3), .channelSlice(2..<7),
      .pad(
        ConstantPadding(
          spatial: Padding(top: 1, left: 0, bottom: 2, right: 3), channelsBefore: 4,
          channelsAfter: 5, value: -1.5)),
      .attention(
        Attention(
          heads: 3, scale: 0.5, bias: "b",
          window: .init(size: Size(height: 2, width: 3), shift: Size(1)))),
      .attention(Attention(heads: 2, scale: 0.25)),
      .table(
        Table(
          parameter: "t", shape: FeatureShape(channels: 2, height: 3, width: 4),
          order: .channelsLast)),
      .rowNormalization(RowNormalization(heads: 2, temperature: "t", epsilon: 1e-3)),
      .rowNormalization(RowNormalization()),
      .positionEncoding(PositionEncoding(shape: FeatureShape(channels: 8, height: 2, width: 3))),
      .rearrange(.positions(from: 1, to: 4)), .rearrange(.listedPositions([3, 1])),
      .rearrange(.joinedPositions),
      .rearrange(.spaceToDepth(block: 2, order: .columns)),
      .rearrange(.depthToSpace(block: 3, order: .rows)),
      .rearrange(.crop(Padding(top: 1, left: 2, bottom: 3, right: 4))),
      .rearrange(.reflectedPadding(Padding(1))), .rearrange(.edgePadding(Padding(2))),
      .rearrange(.repeated(Size(height: 2, width: 3))), .rearrange(.flattenedPositions),
      .rearrange(
        .strided(
          StridedView(
            offset: 3, runs: [.init(extent: 2, stride: -1)], shape: FeatureShape(channels: 2)))),
    ] + ElementFunction.examples.map { .elementwise($0) }

  @Test("An operation survives the way to JSON and back", arguments: operations)
  func operationSurvives(_ operation: Graphs.Operation) throws {
    let data = try JSONEncoder().encode(operation)
    #expect(try JSONDecoder().decode(Graphs.Operation.self, from: data) == operation)
  }

  @Test(
    "A network survives the way to JSON and back",
    arguments: [
      "dm-wrn-10-1-silu-c10", "shufflev2", "resnet20-A", "mnist-smallcnn",
    ])
  func networkSurvives(_ name: String) throws {
    let graph = try #require(Architecture.named(name)).graph
    let data = try JSONEncoder().encode(graph)
    #expect(try JSONDecoder().decode(Graph.self, from: data) == graph)
  }

  @Test("The form in files does not change")
  func formInFiles() throws {
    let json = #"{"channelSlice": {"from": 2, "to": 7}}"#
    #expect(
      try JSONDecoder().decode(Graphs.Operation.self, from: Data(json.utf8)) == .channelSlice(2..<7)
    )
    let leaky = #"{"elementwise": {"leakyReLU": {"slope": 0.25}}}"#
    #expect(
      try JSONDecoder().decode(Graphs.Operation.self, from: Data(leaky.utf8))
        == .elementwise(.leakyReLU(slope: 0.25)))
    let convolution = #"""
      {"convolution": {"weight": "conv1.weight", "stride": {"height": 2, "width": 2},
       "padding": {"top": 0, "left": 0, "bottom": 1, "right": 1}, "groups": 1}}
      """#
    #expect(
      try JSONDecoder().decode(Graphs.Operation.self, from: Data(convolution.utf8))
        == .convolution(
          Convolution(
            weight: "conv1.weight", stride: Size(2),
            padding: Padding(top: 0, left: 0, bottom: 1, right: 1))))
  }

  @Test(
    "What is no operation is refused",
    arguments: [
      "{}", #"{"relu": {}, "add": {}}"#, #"{"dropout": {}}"#, #""relu""#, "[]",
      #"{"channelSlice": {"from": 7, "to": 2}}"#, #"{"convolution": {}}"#,
      #"{"channelShuffle": {"groups": "three"}}"#, #"{"elementwise": {"cosine": {}}}"#,
      #"{"elementwise": {"sigmoid": {}, "tanh": {}}}"#,
      #"{"elementwise": {"clamp": {"lower": 0}}}"#,
    ])
  func noOperationIsRefused(_ json: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Graphs.Operation.self, from: Data(json.utf8))
    }
  }
}
