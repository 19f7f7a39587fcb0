internal import Graphs
internal import Tensors

/// Groups the nodes of a lowered graph: convolutions take in the sum and ReLU behind them.
///
/// In training, where going backward reads what convolutions gave, batch normalisations do.
struct StageBuilder {
  /// What takes in sums.
  enum Fusion {
    case convolutions
    case normalizations
  }

  /// A sum that is computed where one of its summands is.
  struct Sum {
    let summand: Int
    let other: Int
  }

  let graph: Graph
  let shapes: [FeatureShape]
  private let readers: [[Int]]

  init(_ graph: Graph, shapes: [FeatureShape]) {
    self.graph = graph
    self.shapes = shapes
    readers = graph.readers
  }

  /// The stages in order of computation.
  func stages(fusing fusion: Fusion) -> [Stage] {
    stages(taking: sums(fusing: fusion))
  }

  /// The stages in order of computation.
  ///
  /// - Parameter sums: by their nodes.
  /// - Returns: one stage for each group of nodes that is computed together.
  func stages(taking sums: [Int: Sum]) -> [Stage] {
    var stages: [Stage] = []
    var done = Set(sums.values.map(\.summand))
    for position in graph.nodes.indices where !done.contains(position) {
      let next =
        sums[position].map { stage(of: $0, at: position) }
        ?? stage(of: graph.nodes[position], at: position)
      // A ReLU behind it is part of it.
      done.insert(next.output)
      stages.append(next)
    }
    return stages
  }

  private func stage(of sum: Sum, at position: Int) -> Stage {
    let summand = graph.nodes[sum.summand]
    let (output, activation) = absorbingReLU(after: position)
    let kind: Stage.Kind =
      switch summand.operation {
      case .convolution(let convolution): .convolution(convolution, plus: sum.other, activation)
      case .batchNormalization(let norm): .batchNormalization(norm, plus: sum.other, activation)
      default: preconditionFailure("\(summand.operation.name) takes in no sum")
      }
    return Stage(kind: kind, inputs: summand.inputs, output: output)
  }

  private func stage(of node: Graph.Node, at position: Int) -> Stage {
    let (output, activation) = absorbingReLU(after: position)
    let rectified = { (kind: Stage.Kind) in
      Stage(kind: kind, inputs: node.inputs, output: output)
    }
    let plain = { (kind: Stage.Kind) in
      Stage(kind: kind, inputs: node.inputs, output: position)
    }
    return switch node.operation {
    case .input: image(at: position)
    case .convolution(let convolution):
      rectified(.convolution(convolution, plus: nil, activation))
    case .batchNormalization(let norm):
      rectified(.batchNormalization(norm, plus: nil, activation))
    case .channelAffine(let affine): rectified(.affine(affine, activation))
    case .layerNormalization(let norm): plain(.layerNormalization(norm))
    case .meanSparse(let sparse): plain(.meanSparse(sparse))
    case .add: rectified(.add(activation))
    case .relu: plain(.relu)
    case .silu: plain(.silu)
    case .elementwise(let function): plain(.elementwise(function))
    case .multiply: plain(.multiply)
    case .normalize(let constants): plain(.normalize(constants))
    case .maxPool(let pooling): plain(.maxPool(pooling))
    case .averagePool(let pooling): plain(.averagePool(pooling))
    case .globalAveragePool: plain(.averagePool(wholePool(of: node.inputs[0])))
    case .flatten: plain(shapes[node.inputs[0]].area == 1 ? .rename : .flatten)
    case .concatenate, .channelShuffle, .channelSlice, .pad: plain(.move(moves(of: node)))
    case .attention(let attention): plain(.attention(attention))
    case .table(let table): plain(.table(table))
    case .rowNormalization(let norm): plain(.rowNormalization(norm))
    case .positionEncoding(let encoding): plain(.encoding(encoding))
    case .rearrange(let rearrangement): plain(.rearrange(rearrangement))
    case .linear: preconditionFailure("linear layers were made convolutions")
    }
  }

  /// The image with the normalisation behind it.
  private func image(at position: Int) -> Stage {
    if let next = soleReader(of: position),
      case .normalize(let constants) = graph.nodes[next].operation
    {
      return Stage(kind: .image(constants), inputs: [], output: next)
    }
    return Stage(kind: .image(nil), inputs: [], output: position)
  }

  private func wholePool(of input: Int) -> Pooling {
    Pooling(kernel: Size(height: shapes[input].height, width: shapes[input].width))
  }

  /// The one node that reads a value, if there is just one.
  func soleReader(of position: Int) -> Int? {
    readers[position].count == 1 ? readers[position][0] : nil
  }

  /// The last node of a stage that ends with a node or the ReLU behind it.
  func absorbingReLU(after position: Int) -> (Int, Stage.Activation) {
    guard let next = soleReader(of: position), graph.nodes[next].operation == .relu else {
      return (position, .none)
    }
    return (next, .relu)
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
