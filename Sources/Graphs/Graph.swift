public import Tensors

/// A network as a value: operations in an order in which each comes after its inputs.
///
/// Parameters are named, not held: see ``Model``. A graph describes one image; batches are the
/// backends' concern.
public struct Graph: Hashable, Sendable, Codable {
  /// One operation and where its inputs come from.
  public struct Node: Hashable, Sendable, Codable {
    /// A name for messages and taps, for instance `layer1.0.conv1`.
    public var name: String
    /// What is computed.
    public var operation: Operation
    /// Positions of the input nodes, all before this one.
    public var inputs: [Int]

    /// Creates a node.
    ///
    /// - Parameters:
    ///   - name: for messages and taps.
    ///   - operation: what is computed.
    ///   - inputs: positions of the input nodes.
    public init(name: String, operation: Operation, inputs: [Int]) {
      self.name = name
      self.operation = operation
      self.inputs = inputs
    }
  }

  /// The shape of the image.
  public var input: FeatureShape
  /// The operations; the first is ``Operation/input``, the last gives the logits.
  public var nodes: [Node]

  /// Creates a graph.
  ///
  /// - Parameters:
  ///   - input: the shape of the image.
  ///   - nodes: the operations in order.
  public init(input: FeatureShape, nodes: [Node]) {
    self.input = input
    self.nodes = nodes
  }

  /// For every node the positions of the nodes that read it, ascending, in O(nodes).
  public var readers: [[Int]] {
    var readers = [[Int]](repeating: [], count: nodes.count)
    for (position, node) in nodes.enumerated() {
      for input in node.inputs { readers[input].append(position) }
    }
    return readers
  }
}

extension Operation {
  /// The names of the parameters the operation reads, in PyTorch's order.
  public var parameterNames: [String] {
    switch self {
    case .convolution(let convolution):
      [convolution.weight] + (convolution.bias.map { [$0] } ?? [])
    case .linear(let linear): [linear.weight] + (linear.bias.map { [$0] } ?? [])
    case .batchNormalization(let norm): [norm.weight, norm.bias, norm.mean, norm.variance]
    case .channelAffine(let affine): [affine.scale] + (affine.shift.map { [$0] } ?? [])
    case .layerNormalization(let norm): [norm.weight, norm.bias]
    case .meanSparse(let sparse): [sparse.mean, sparse.variance, sparse.threshold]
    case .attention(let attention): attention.bias.map { [$0] } ?? []
    case .table(let table): [table.parameter]
    case .rowNormalization(let norm): norm.temperature.map { [$0] } ?? []
    case .input, .relu, .silu, .elementwise, .add, .multiply, .maxPool, .averagePool,
      .globalAveragePool, .flatten,
      .normalize, .concatenate, .channelShuffle, .channelSlice, .pad, .rearrange,
      .positionEncoding:
      []
    }
  }
}

extension Operation {
  /// The names of the parameters that training changes by their gradients, in PyTorch's order.
  public var trainableNames: [String] {
    switch self {
    case .batchNormalization(let norm): [norm.weight, norm.bias]
    case .meanSparse: []
    default: parameterNames
    }
  }
}

extension Graph {
  /// The names of the parameters that training changes by their gradients, each once, in order of
  /// use.
  ///
  /// Statistics are not among them.
  public var trainableNames: [String] {
    var known: Set<String> = []
    return nodes.flatMap(\.operation.trainableNames).filter { known.insert($0).inserted }
  }
}

/// A network with its parameters.
public struct Model: Sendable {
  /// What is computed.
  public var graph: Graph
  /// The parameters by name, float32, kernels as `[out, in, height, width]`.
  public var parameters: [String: Tensor]

  /// Creates a model; nothing is checked before ``Model/validated()``.
  ///
  /// - Parameters:
  ///   - graph: what is computed.
  ///   - parameters: by name.
  public init(graph: Graph, parameters: [String: Tensor]) {
    self.graph = graph
    self.parameters = parameters
  }
}

/// What is wrong with a graph or its parameters.
public struct GraphError: Error, Hashable, CustomStringConvertible {
  /// The node or parameter concerned.
  public var place: String
  /// One clause with what was expected and what was found.
  public var problem: String

  /// Creates an error.
  ///
  /// - Parameters:
  ///   - place: the node or parameter concerned.
  ///   - problem: expected and found.
  public init(place: String, problem: String) {
    self.place = place
    self.problem = problem
  }

  /// For example `layer1.0.conv1: the weight is 64×3×3×3; 16 input channels need 64×16×3×3`.
  public var description: String { "\(place): \(problem)" }
}
