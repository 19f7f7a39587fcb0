public import Tensors

/// What a network consists of and what it costs, for one image.
public struct Summary: Hashable, Sendable {
  /// One operation.
  public struct Row: Hashable, Sendable {
    /// The node's name.
    public var name: String
    /// The operation's name, for example `convolution`.
    public var operation: String
    /// What it gives.
    public var output: FeatureShape
    /// The trainable values it reads.
    public var parameters: Int
    /// The products of a convolution, linear layer or attention; 0 for everything else.
    public var multiplyAccumulates: Int
  }

  /// One row a node, in the graph's order.
  public var rows: [Row]
  /// All trainable values; running means and variances are not trained and not counted.
  public var parameters: Int

  /// The products of all convolutions, linear layers and attentions.
  ///
  /// Biases, normalisations, activations and poolings are not counted.
  public var multiplyAccumulates: Int { rows.reduce(0) { $0 + $1.multiplyAccumulates } }
}

extension Graph {
  /// What the network consists of and what it costs, without its weights.
  ///
  /// - Parameter shapes: the shapes of the parameters by name.
  /// - Returns: one row a node, and the totals. O(nodes).
  /// - Throws: ``GraphError`` at the first node whose inputs or parameters do not fit.
  public func summary(parameters shapes: [String: [Int]]) throws(GraphError) -> Summary {
    let outputs = try self.shapes(parameters: shapes)
    func size(_ name: String) -> Int { shapes[name, default: [0]].reduce(1, *) }
    let rows = zip(nodes, outputs).map { node, output in
      var products = node.operation.productWeight.map { size($0) * output.area } ?? 0
      if case .attention(let attention) = node.operation {
        products = attention.products(of: node.inputs.map { outputs[$0] })
      }
      return Summary.Row(
        name: node.name, operation: node.operation.name, output: output,
        parameters: node.operation.trainableNames.reduce(0) { $0 + size($1) },
        multiplyAccumulates: products)
    }
    // A parameter that two nodes share is counted once.
    let names = trainableNames
    return Summary(rows: rows, parameters: names.reduce(0) { $0 + size($1) })
  }
}

extension Model {
  /// What the network consists of and what it costs.
  ///
  /// - Returns: one row a node, and the totals. O(nodes).
  /// - Throws: ``GraphError`` at the first node whose inputs or parameters do not fit.
  public func summary() throws(GraphError) -> Summary {
    try graph.summary(parameters: parameters.mapValues(\.shape))
  }
}

extension Attention {
  /// The products of queries with keys, and of what comes out with values.
  fileprivate func products(of inputs: [FeatureShape]) -> Int {
    let queries = inputs[0]
    let keys = inputs.count == 3 ? inputs[1] : queries
    let channels = inputs.count == 3 ? keys.channels + inputs[2].channels : queries.channels / 3 * 2
    return channels * queries.area * (window?.size.area ?? keys.area)
  }
}

extension Operation {
  /// The weight of which every value is used once for each output pixel.
  fileprivate var productWeight: String? {
    switch self {
    case .convolution(let convolution): convolution.weight
    case .linear(let linear): linear.weight
    case .input, .batchNormalization, .channelAffine, .layerNormalization, .meanSparse, .relu,
      .silu, .elementwise, .add, .multiply,
      .maxPool, .averagePool,
      .globalAveragePool, .flatten, .normalize, .concatenate, .channelShuffle, .channelSlice, .pad,
      .attention, .table, .rearrange, .rowNormalization, .positionEncoding:
      nil
    }
  }
}
