public import Tensors

/// Writes a graph down in the order in which a framework's `forward` would run it.
///
/// Layers take the name their parameters have in a PyTorch checkpoint. Parameter shapes are
/// recorded on the way, so that a network is declared once.
public struct GraphBuilder {
  /// An activation inside the graph being built.
  public struct Value: Sendable {
    package fileprivate(set) var node: Int
    /// Its shape.
    public var shape: FeatureShape
  }

  private var graph: Graph
  /// What was declared of every node, which inference must come to as well.
  package private(set) var shapes: [FeatureShape]
  /// The shapes of all parameters declared so far, by name.
  public private(set) var parameterShapes: [String: [Int]] = [:]
  /// The names of all parameters declared so far, in order of declaration.
  public private(set) var parameterOrder: [String] = []

  /// Starts a graph.
  ///
  /// - Parameter input: the shape of the image.
  public init(input: FeatureShape) {
    graph = Graph(input: input, nodes: [.init(name: "input", operation: .input, inputs: [])])
    shapes = [input]
  }

  /// Goes on behind the last node of a graph.
  ///
  /// - Parameters:
  ///   - graph: what is there.
  ///   - shapes: of all its nodes.
  package init(continuing graph: Graph, shapes: [FeatureShape]) {
    self.graph = graph
    self.shapes = shapes
  }

  /// What a node that is there gives.
  ///
  /// - Parameter node: its position.
  /// - Returns: its output.
  package func value(of node: Int) -> Value { Value(node: node, shape: shapes[node]) }

  /// The image.
  public var input: Value { Value(node: 0, shape: graph.input) }

  /// The graph built so far; its last operation gives the logits.
  public var built: Graph { graph }

  /// Appends any operation.
  ///
  /// - Parameters:
  ///   - operation: what is computed.
  ///   - name: for messages and taps.
  ///   - inputs: what it reads.
  ///   - shape: what it gives.
  /// - Returns: its output.
  public mutating func append(
    _ operation: Operation, name: String, reading inputs: [Value], giving shape: FeatureShape
  ) -> Value {
    graph.nodes.append(.init(name: name, operation: operation, inputs: inputs.map(\.node)))
    shapes.append(shape)
    return Value(node: graph.nodes.count - 1, shape: shape)
  }

  /// Records a parameter.
  mutating func declare(_ name: String, _ shape: [Int]) -> String {
    if parameterShapes.updateValue(shape, forKey: name) == nil { parameterOrder.append(name) }
    return name
  }

  /// A convolution with a square kernel.
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - name: its parameters are `name.weight` and `name.bias`.
  ///   - channels: its outputs.
  ///   - kernel: rows and columns.
  ///   - stride: rows and columns.
  ///   - padding: on each side, or side by side.
  ///   - groups: into how many groups channels are split.
  ///   - bias: whether it has one.
  /// - Returns: its output.
  public mutating func convolution(
    _ x: Value, _ name: String, channels: Int, kernel: Int, stride: Int = 1,
    padding: Padding = .none, groups: Int = 1, bias: Bias = .absent
  ) -> Value {
    let weight = declare(
      name + ".weight", [channels, x.shape.channels / groups, kernel, kernel])
    let biasName = bias == .present ? declare(name + ".bias", [channels]) : nil
    let operation = Operation.convolution(
      Convolution(
        weight: weight, bias: biasName, stride: Size(stride), padding: padding, groups: groups))
    let height = (x.shape.height + padding.top + padding.bottom - kernel) / stride + 1
    let width = (x.shape.width + padding.left + padding.right - kernel) / stride + 1
    return append(
      operation, name: name, reading: [x],
      giving: FeatureShape(channels: channels, height: height, width: width))
  }

  /// Whether a layer has a bias.
  public enum Bias: Sendable {
    /// It has none.
    case absent
    /// It has one.
    case present
  }

  /// max(x, 0).
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - name: for taps.
  /// - Returns: its output.
  public mutating func relu(_ x: Value, _ name: String = "relu") -> Value {
    append(.relu, name: name, reading: [x], giving: x.shape)
  }

  /// x · σ(x).
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - name: for taps.
  /// - Returns: its output.
  public mutating func silu(_ x: Value, _ name: String = "silu") -> Value {
    append(.silu, name: name, reading: [x], giving: x.shape)
  }

  /// A function of each value.
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - function: which.
  ///   - name: for taps.
  /// - Returns: its output.
  public mutating func elementwise(
    _ x: Value, _ function: ElementFunction, _ name: String = "elementwise"
  ) -> Value {
    append(.elementwise(function), name: name, reading: [x], giving: x.shape)
  }

  /// The product of two activations.
  ///
  /// - Parameters:
  ///   - x: one.
  ///   - factor: another of the same shape, or one value for each channel.
  ///   - name: for taps.
  /// - Returns: its output.
  public mutating func multiply(
    _ x: Value, by factor: Value, _ name: String = "multiply"
  ) -> Value {
    append(.multiply, name: name, reading: [x, factor], giving: x.shape)
  }

  /// The sum of two activations.
  ///
  /// - Parameters:
  ///   - left: one.
  ///   - right: the other, of the same shape.
  ///   - name: for taps.
  /// - Returns: its output.
  public mutating func add(_ left: Value, _ right: Value, _ name: String = "add") -> Value {
    append(.add, name: name, reading: [left, right], giving: left.shape)
  }

  /// The largest value of each window.
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - pooling: the window.
  ///   - name: for taps.
  /// - Returns: its output.
  public mutating func maxPool(_ x: Value, _ pooling: Pooling, _ name: String = "maxpool") -> Value
  {
    append(.maxPool(pooling), name: name, reading: [x], giving: pooled(x.shape, pooling))
  }

  /// The mean of each window.
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - pooling: the window.
  ///   - name: for taps.
  /// - Returns: its output.
  public mutating func averagePool(
    _ x: Value, _ pooling: Pooling, _ name: String = "avgpool"
  ) -> Value {
    append(.averagePool(pooling), name: name, reading: [x], giving: pooled(x.shape, pooling))
  }

  private func pooled(_ shape: FeatureShape, _ pooling: Pooling) -> FeatureShape {
    let padding = pooling.padding
    return FeatureShape(
      channels: shape.channels,
      height: (shape.height + padding.top + padding.bottom - pooling.kernel.height)
        / pooling.stride.height + 1,
      width: (shape.width + padding.left + padding.right - pooling.kernel.width)
        / pooling.stride.width + 1)
  }

  /// The mean of each channel, as a vector.
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - name: for taps.
  /// - Returns: its output.
  public mutating func globalAveragePool(_ x: Value, _ name: String = "pooled") -> Value {
    append(
      .globalAveragePool, name: name, reading: [x],
      giving: FeatureShape(channels: x.shape.channels))
  }

  /// All values as one vector.
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - name: for taps.
  /// - Returns: its output.
  public mutating func flatten(_ x: Value, _ name: String = "flatten") -> Value {
    append(.flatten, name: name, reading: [x], giving: FeatureShape(channels: x.shape.count))
  }

  /// A linear layer with bias.
  ///
  /// - Parameters:
  ///   - x: its input, a vector, or a map of vectors.
  ///   - name: its parameters are `name.weight` and `name.bias`.
  ///   - outputs: the channels of its output.
  ///   - bias: whether it has one.
  /// - Returns: its output.
  public mutating func linear(
    _ x: Value, _ name: String, outputs: Int, bias: Bias = .present
  ) -> Value {
    let weight = declare(name + ".weight", [outputs, x.shape.channels])
    let biasName = bias == .present ? declare(name + ".bias", [outputs]) : nil
    return append(
      .linear(Linear(weight: weight, bias: biasName)), name: name, reading: [x],
      giving: FeatureShape(channels: outputs, height: x.shape.height, width: x.shape.width))
  }

  /// (x − mean) / deviation per channel.
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - constants: per channel.
  ///   - name: for taps.
  /// - Returns: its output.
  public mutating func normalize(
    _ x: Value, _ constants: Normalization, _ name: String = "normalize"
  ) -> Value {
    append(.normalize(constants), name: name, reading: [x], giving: x.shape)
  }

  /// A constant around the image or the channels.
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - padding: how much of what.
  ///   - name: for taps.
  /// - Returns: its output.
  public mutating func pad(_ x: Value, _ padding: ConstantPadding, _ name: String = "pad") -> Value
  {
    let spatial = padding.spatial
    return append(
      .pad(padding), name: name, reading: [x],
      giving: FeatureShape(
        channels: padding.channelsBefore + x.shape.channels + padding.channelsAfter,
        height: spatial.top + x.shape.height + spatial.bottom,
        width: spatial.left + x.shape.width + spatial.right))
  }

  /// The channels of both, one after another.
  ///
  /// - Parameters:
  ///   - left: the first channels.
  ///   - right: the last channels.
  ///   - name: for taps.
  /// - Returns: its output.
  public mutating func concatenate(
    _ left: Value, _ right: Value, _ name: String = "concatenate"
  ) -> Value {
    var shape = left.shape
    shape.channels += right.shape.channels
    return append(.concatenate, name: name, reading: [left, right], giving: shape)
  }

  /// Channels dealt out anew over groups.
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - groups: a divisor of the number of channels.
  ///   - name: for taps.
  /// - Returns: its output.
  public mutating func channelShuffle(
    _ x: Value, groups: Int, _ name: String = "shuffle"
  ) -> Value {
    append(.channelShuffle(groups: groups), name: name, reading: [x], giving: x.shape)
  }

  /// Some of the channels.
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - range: which.
  ///   - name: for taps.
  /// - Returns: its output.
  public mutating func channels(
    _ x: Value, _ range: Range<Int>, _ name: String = "channels"
  ) -> Value {
    var shape = x.shape
    shape.channels = range.count
    return append(.channelSlice(range), name: name, reading: [x], giving: shape)
  }
}
