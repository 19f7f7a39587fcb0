internal import Graphs
internal import Tensors

/// One or several nodes of a graph that are computed together.
struct Stage {
  /// What happens to a result before it is stored.
  enum Activation {
    case none
    case relu
  }

  enum Kind {
    /// The image enters, normalised if the network begins so.
    case image(Normalization?)
    /// A convolution, plus another value if there is one, then the activation.
    case convolution(Convolution, plus: Int?, Activation)
    /// A batch normalisation whose statistics are not frozen, plus another value if there is one,
    /// then the activation.
    case batchNormalization(BatchNormalization, plus: Int?, Activation)
    /// Scale and shift (none: neither), then the activation.
    case affine(ChannelAffine?, Activation)
    case normalize(Normalization)
    case silu
    case add(Activation)
    case maxPool(Pooling)
    case averagePool(Pooling)
    /// Channels of the inputs at new places, the rest filled with a value.
    case move(ChannelMoves)
    case flatten
  }

  var kind: Kind
  /// The values read, as positions of graph nodes.
  var inputs: [Int]
  /// The value written, as the position of the last node computed.
  var output: Int

  /// Whether a value is read, as an input or to be added to.
  func reads(_ value: Int) -> Bool {
    if case .convolution(_, plus: value, _) = kind { return true }
    return inputs.contains(value)
  }
}

/// Where the channels of a rearrangement come from.
struct ChannelMoves {
  /// For each input, pairs of its channel and the output's.
  var moves: [[(from: Int, to: Int)]]
  /// Where in the output the image begins.
  var top = 0
  var left = 0
  /// What everything else holds.
  var fill: Float = 0
}

/// Groups the nodes of a lowered graph: convolutions take in the sum and ReLU behind them.
///
/// In training, where going backward reads what convolutions gave, batch normalisations do.
struct StageBuilder {
  /// What takes in sums.
  enum Fusion {
    case convolutions
    case normalizations
  }

  private let graph: Graph
  private let shapes: [FeatureShape]
  private let readers: [[Int]]
  private let fusion: Fusion
  private var stages: [Stage] = []
  /// Nodes that a stage has already computed.
  private var done: Set<Int> = []

  init(_ graph: Graph, shapes: [FeatureShape], fusing fusion: Fusion) {
    self.graph = graph
    self.shapes = shapes
    self.fusion = fusion
    readers = graph.readers
  }

  /// The stages in order of computation.
  mutating func build() -> [Stage] {
    let sums =
      switch fusion {
      case .convolutions: fusableSums()
      case .normalizations: normalizedSums()
      }
    let fused = Set(sums.values.map(\.summand))
    for position in graph.nodes.indices where !done.contains(position) && !fused.contains(position)
    {
      let node = graph.nodes[position]
      guard let sum = sums[position] else {
        append(node, at: position)
        continue
      }
      let summand = graph.nodes[sum.summand]
      let (output, activation) = absorbingReLU(after: position)
      switch summand.operation {
      case .convolution(let convolution):
        append(
          .convolution(convolution, plus: sum.other, activation), summand.inputs, output)
      case .batchNormalization(let norm):
        append(.batchNormalization(norm, plus: sum.other, activation), summand.inputs, output)
      default: preconditionFailure("\(summand.operation.name) takes in no sum")
      }
    }
    return stages
  }

  private mutating func append(_ kind: Stage.Kind, _ inputs: [Int], _ output: Int) {
    stages.append(Stage(kind: kind, inputs: inputs, output: output))
  }

  private mutating func append(_ node: Graph.Node, at position: Int) {
    switch node.operation {
    case .input:
      if let next = soleReader(of: position),
        case .normalize(let constants) = graph.nodes[next].operation
      {
        done.insert(next)
        append(.image(constants), [], next)
      } else {
        append(.image(nil), [], position)
      }
    case .convolution(let convolution):
      let (output, activation) = absorbingReLU(after: position)
      append(.convolution(convolution, plus: nil, activation), node.inputs, output)
    case .channelAffine(let affine):
      let (output, activation) = absorbingReLU(after: position)
      append(.affine(affine, activation), node.inputs, output)
    case .add:
      let (output, activation) = absorbingReLU(after: position)
      append(.add(activation), node.inputs, output)
    case .relu: append(.affine(nil, .relu), node.inputs, position)
    case .silu: append(.silu, node.inputs, position)
    case .normalize(let constants): append(.normalize(constants), node.inputs, position)
    case .maxPool(let pooling): append(.maxPool(pooling), node.inputs, position)
    case .averagePool(let pooling): append(.averagePool(pooling), node.inputs, position)
    case .globalAveragePool:
      let shape = shapes[node.inputs[0]]
      append(
        .averagePool(Pooling(kernel: Size(height: shape.height, width: shape.width))),
        node.inputs, position)
    case .flatten: append(.flatten, node.inputs, position)
    case .concatenate, .channelShuffle, .channelSlice, .pad:
      append(.move(moves(of: node)), node.inputs, position)
    case .batchNormalization(let norm):
      let (output, activation) = absorbingReLU(after: position)
      append(.batchNormalization(norm, plus: nil, activation), node.inputs, output)
    case .linear: preconditionFailure("linear layers were made convolutions")
    }
  }

  private func soleReader(of position: Int) -> Int? {
    readers[position].count == 1 ? readers[position][0] : nil
  }

  private mutating func absorbingReLU(after position: Int) -> (Int, Stage.Activation) {
    guard let next = soleReader(of: position), graph.nodes[next].operation == .relu else {
      return (position, .none)
    }
    done.insert(next)
    return (next, .relu)
  }

  /// For each sum that a convolution can add itself to: the convolution and the other summand.
  ///
  /// The sum overwrites the other summand, so nothing may read that then or later.
  private func fusableSums() -> [Int: (summand: Int, other: Int)] {
    var result: [Int: (summand: Int, other: Int)] = [:]
    for (position, node) in graph.nodes.enumerated() where node.operation == .add {
      for (candidate, other) in [
        (node.inputs[1], node.inputs[0]), (node.inputs[0], node.inputs[1]),
      ] where candidate != other && result[position] == nil {
        guard case .convolution = graph.nodes[candidate].operation,
          soleReader(of: candidate) == position, other != 0,
          !sharesMemory(other),
          readers[other].allSatisfy({ $0 == position || isDone($0, before: position) })
        else { continue }
        result[position] = (candidate, other)
      }
    }
    return result
  }

  /// Whether a vector and the pixel it was made of are one buffer.
  private func sharesMemory(_ position: Int) -> Bool {
    ([position] + readers[position]).contains {
      graph.nodes[$0].operation == .flatten && shapes[graph.nodes[$0].inputs[0]].area == 1
    }
  }

  /// For each sum with a batch normalisation that nothing else reads: that and the other summand.
  private func normalizedSums() -> [Int: (summand: Int, other: Int)] {
    var result: [Int: (summand: Int, other: Int)] = [:]
    for (position, node) in graph.nodes.enumerated() where node.operation == .add {
      for (candidate, other) in [
        (node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0]),
      ] where candidate != other && result[position] == nil {
        guard case .batchNormalization = graph.nodes[candidate].operation,
          soleReader(of: candidate) == position
        else { continue }
        result[position] = (candidate, other)
      }
    }
    return result
  }

  /// Whether a node no longer needs its inputs once the sum at a position overwrites them.
  ///
  /// A convolution may itself wait for a sum, this one or a later one; SiLU reads its input again
  /// going backward.
  private func isDone(_ reader: Int, before sum: Int) -> Bool {
    switch graph.nodes[reader].operation {
    case .silu: return false
    case .convolution:
      guard let next = soleReader(of: reader), graph.nodes[next].operation == .add else {
        return reader < sum
      }
      return next < sum
    default: return reader < sum
    }
  }

  private func moves(of node: Graph.Node) -> ChannelMoves {
    let inputs = node.inputs.map { shapes[$0].channels }
    switch node.operation {
    case .concatenate:
      var offset = 0
      return ChannelMoves(
        moves: inputs.map { channels in
          defer { offset += channels }
          return (0..<channels).map { ($0, offset + $0) }
        })
    case .channelShuffle(let groups):
      let size = inputs[0] / groups
      return ChannelMoves(
        moves: [(0..<inputs[0]).map { ($0, $0 % size * groups + $0 / size) }])
    case .channelSlice(let range):
      return ChannelMoves(moves: [range.map { ($0, $0 - range.lowerBound) }])
    case .pad(let padding):
      return ChannelMoves(
        moves: [(0..<inputs[0]).map { ($0, $0 + padding.channelsBefore) }],
        top: padding.spatial.top, left: padding.spatial.left, fill: padding.value)
    default: preconditionFailure("\(node.operation.name) moves no channels")
    }
  }
}
