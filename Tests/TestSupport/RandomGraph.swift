import Graphs
import Tensors

extension OperationCase {
  /// A network of operations drawn by lot, in which many values are read several times.
  ///
  /// Shapes come from a small choice, so that many values can be added to each other, many sums
  /// stand behind a convolution or a batch normalisation, and vectors share memory with pixels.
  ///
  /// - Parameter number: tells the networks apart; the same on every run.
  /// - Returns: the network.
  public static func randomGraph(_ number: Int) -> OperationCase {
    var random = RandomStream(seed: 9).forked(number)
    // Of three channels or fewer, images may stay as they come.
    let image = FeatureShape(
      channels: random.below(2) == 0 ? 3 : 5, height: 4, width: random.below(4) == 0 ? 1 : 4)
    var graph = RandomGraph(Draft(random: random, image: image))
    for _ in 0..<random.below(10) + 3 { graph.grow() }
    let output = graph.gathered()
    return OperationCase(
      description: "random graph \(number)", model: graph.draft.finished(output))
  }
}

/// A graph that grows by operations drawn by lot.
private struct RandomGraph {
  var draft: Draft
  /// What may be read, and how often it was.
  private var values: [(value: GraphBuilder.Value, readers: Int)]
  private var layers = 0

  init(_ draft: Draft) {
    self.draft = draft
    values = [(draft.builder.input, 1), (draft.start, 0)]
  }

  /// Appends an operation whose input is one of the last values.
  mutating func grow() {
    let x = read(values.count - 1 - draft.random.below(min(4, values.count)))
    let result = operation(on: x)
    values.append((result, 0))
  }

  /// The sum of what nothing has read, as logits.
  mutating func gathered() -> GraphBuilder.Value {
    var sum: GraphBuilder.Value?
    for index in values.indices where values[index].readers == 0 {
      let pooled = draft.builder.globalAveragePool(read(index))
      let logits = draft.builder.linear(pooled, layer(), outputs: 6)
      sum = sum.map { draft.builder.add($0, logits) } ?? logits
    }
    guard let sum else { preconditionFailure("nothing reads the last value") }
    return sum
  }

  private mutating func read(_ index: Int) -> GraphBuilder.Value {
    values[index].readers += 1
    return values[index].value
  }

  private mutating func layer() -> String {
    layers += 1
    return "layer\(layers)"
  }

  private mutating func operation(on x: GraphBuilder.Value) -> GraphBuilder.Value {
    switch draft.random.below(28) {
    case 0: draft.builder.relu(x)
    case 1: draft.builder.silu(x)
    case 2, 3: draft.builder.batchNorm(x, layer())
    case 4: draft.channelAffine(x, layer())
    case 5...8: draft.builder.add(x, another(like: x))
    case 9...13: convolution(x)
    case 14: pooled(x)
    case 15: rearranged(x)
    case 16: draft.builder.concatenate(x, another(like: x))
    case 17: draft.builder.globalAveragePool(x)
    case 18: draft.builder.flatten(x)
    case 19:
      draft.builder.elementwise(
        x, ElementFunction.examples[draft.random.below(ElementFunction.examples.count)])
    case 20: draft.builder.multiply(x, by: draft.builder.elementwise(another(like: x), .tanh))
    case 21: draft.builder.layerNorm(x, layer(), epsilon: 1e-2)
    case 22: draft.builder.meanSparse(x, layer())
    case 23: draft.builder.layerScale(x, layer())
    case 24:
      draft.builder.attention(
        [x, another(like: x), another(like: x)], Attention(heads: 1, scale: 0.3), layer())
    case 25:
      draft.builder.multiply(
        x, by: draft.builder.table(layer(), [x.shape.count], x.shape, order: .channelsFirst))
    case 26:
      draft.builder.rearranged(
        [draft.builder.rearranged([x, another(like: x)], .joinedPositions)],
        .strided(
          StridedView(
            offset: 1,
            runs: [
              .init(extent: x.shape.channels, stride: 2 * x.shape.area),
              .init(extent: x.shape.area, stride: 2),
            ].map { $0.extent == 1 ? .init(extent: 1, stride: 0) : $0 }, shape: x.shape)))
    default:
      draft.builder.multiply(
        x, by: draft.builder.elementwise(draft.builder.globalAveragePool(x), .sigmoid))
    }
  }

  /// A value of the same shape, the same one if there is no other.
  private mutating func another(like x: GraphBuilder.Value) -> GraphBuilder.Value {
    let candidates = values.indices.filter { values[$0].value.shape == x.shape }
    return read(candidates[draft.random.below(candidates.count)])
  }

  private mutating func convolution(_ x: GraphBuilder.Value) -> GraphBuilder.Value {
    let channels = draft.random.below(3) == 0 ? 20 : x.shape.channels
    let side = draft.random.below(2) * 2 + 1
    return draft.convolution(
      x, layer(), channels: channels, kernel: Size(side), padding: Padding(side / 2))
  }

  private mutating func pooled(_ x: GraphBuilder.Value) -> GraphBuilder.Value {
    let pooling = Pooling(kernel: Size(3), stride: Size(1), padding: Padding(1))
    return draft.random.below(2) == 0
      ? draft.builder.maxPool(x, pooling) : draft.builder.averagePool(x, pooling)
  }

  private mutating func rearranged(_ x: GraphBuilder.Value) -> GraphBuilder.Value {
    switch draft.random.below(3) {
    case 0: draft.randomSlice(x)
    case 1 where x.shape.channels % 5 == 0: draft.builder.channelShuffle(x, groups: 5)
    default:
      draft.builder.pad(x, ConstantPadding(channelsBefore: 1, channelsAfter: 1, value: 0.5))
    }
  }
}
