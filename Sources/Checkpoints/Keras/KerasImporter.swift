import Files
import Graphs
import Tensors

/// Builds a graph from a Keras model, layer by layer.
///
/// Keras keeps channels last and kernels as height × width × in × out; the graph has channels first.
struct KerasImporter: ~Copyable {
  /// The output of a layer.
  struct Value {
    var node: Int
    /// Where a flattened image is kept in the graph's order, that image: its columns are counted
    /// channels last by the layers behind.
    var flattened: FeatureShape?
  }

  let model: KerasModel
  var weights: KerasWeights
  private(set) var graph = Graph(input: FeatureShape(channels: 1), nodes: [])
  /// The output shape of every node.
  private(set) var shapes: [FeatureShape] = []
  private var parameters: [String: Tensor] = [:]
  private var values: [String: Value] = [:]
  private var notes: [String] = []

  init(_ model: KerasModel, weights: consuming KerasWeights) {
    self.model = model
    self.weights = weights
  }

  /// Imports all layers.
  ///
  /// - Returns: the network, its last node giving the logits.
  /// - Throws: ``FileError`` at the first layer that is not understood or does not fit.
  mutating func network() throws(FileError) -> ImportedNetwork {
    for layer in model.layers {
      let value = try output(of: layer)
      guard values.updateValue(value, forKey: layer.name) == nil else {
        throw layer.error("is not the only layer of that name")
      }
    }
    guard let last = values[model.output], let layer = model.layers.last else {
      throw FileError(
        model.layers.first?.path ?? "", model.output, problem: "is the output, but no layer")
    }
    guard last.flattened == nil, last.node > 0 else {
      throw layer.error("comes last, but the output is no vector of logits")
    }
    let nodes = Array(graph.nodes[...last.node])
    let result = Model(graph: Graph(input: graph.input, nodes: nodes), parameters: parameters)
    return ImportedNetwork(
      model: result.droppingUnreadNodes().droppingUnusedParameters(), notes: notes)
  }

  private mutating func output(of layer: KerasLayer) throws(FileError) -> Value {
    switch layer.kind {
    case "InputLayer": return try addInput(layer)
    case "Conv2D": return try addConvolution(layer)
    case "DepthwiseConv2D": return try addDepthwiseConvolution(layer)
    case "Dense": return try addDense(layer)
    case "BatchNormalization": return try addBatchNormalization(layer)
    case "SeparableConv2D": return try addSeparableConvolution(layer)
    case "Rescaling": return try addRescaling(layer)
    case "Normalization": return try addNormalization(layer)
    case "Activation": return try activated(try single(layer), layer)
    case "ReLU": return try addRectifier(layer)
    case "Softmax": return try apply(.softmax, to: try single(layer), layer)
    case "MaxPooling2D": return try addPooling(layer) { .maxPool($0) }
    case "AveragePooling2D": return try addPooling(layer) { .averagePool($0) }
    case "GlobalMaxPooling2D": return try addGlobalMaximum(layer)
    case "Reshape": return try addReshaping(layer)
    case "GlobalAveragePooling2D": return try append(.globalAveragePool, try single(layer), layer)
    case "ZeroPadding2D": return try addZeroPadding(layer)
    case "Flatten": return try addFlattening(layer)
    case "Add": return try addSum(layer)
    case "Concatenate": return try addConcatenation(layer)
    case "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout",
      "ActivityRegularization", "AlphaDropout", "RandomFlip", "RandomRotation", "RandomTranslation",
      "RandomZoom", "RandomContrast", "RandomBrightness", "RandomHeight", "RandomWidth":
      // These do something in training only.
      return try single(layer)
    default:
      throw layer.error("is a layer that is not read; export the model as ONNX")
    }
  }

  // MARK: Values

  /// The one input of a layer.
  func single(_ layer: KerasLayer) throws(FileError) -> Value {
    let inputs = try self.inputs(of: layer)
    try layer.expect(inputs.count == 1, "has \(inputs.count) inputs; it needs 1")
    return inputs[0]
  }

  /// All inputs of a layer.
  func inputs(of layer: KerasLayer) throws(FileError) -> [Value] {
    var found: [Value] = []
    for name in layer.inputs {
      guard let value = values[name] else { throw layer.error("reads \(name), which is no layer") }
      found.append(value)
    }
    return found
  }

  mutating func note(_ text: String) { notes.append(text) }

  /// Stores a parameter under its layer's name.
  ///
  /// - Returns: the parameter's name.
  mutating func store(
    _ tensor: Tensor, _ suffix: String, of layer: KerasLayer
  ) throws(FileError) -> String {
    let name = layer.name.split(separator: "/").joined(separator: ".") + "." + suffix
    try layer.expect(
      parameters.updateValue(tensor, forKey: name) == nil, "gives a second parameter \(name)")
    return name
  }

  // MARK: Nodes

  /// Starts the graph.
  mutating func start(_ image: FeatureShape, _ layer: KerasLayer) throws(FileError) -> Value {
    try layer.expect(graph.nodes.isEmpty, "is a second input; an image classifier has one")
    graph = Graph(input: image, nodes: [.init(name: "input", operation: .input, inputs: [])])
    shapes = [image]
    return Value(node: 0)
  }

  /// Appends an operation with one input, whose output shape is inferred.
  mutating func append(
    _ operation: Operation, _ input: Value, _ layer: KerasLayer, named suffix: String = ""
  ) throws(FileError) -> Value {
    let name = layer.name + suffix
    let step = Graph(
      input: shapes[input.node],
      nodes: [
        .init(name: "input", operation: .input, inputs: []),
        .init(name: name, operation: operation, inputs: [0]),
      ])
    var extents: [String: [Int]] = [:]
    for parameter in operation.parameterNames { extents[parameter] = parameters[parameter]?.shape }
    do throws(GraphError) {
      let inferred = try step.shapes(parameters: extents)
      return push(operation, [input.node], name, giving: inferred[1])
    } catch {
      throw layer.error("does not fit: \(error.problem)")
    }
  }

  /// Appends an operation whose output shape is known.
  mutating func push(
    _ operation: Operation, _ inputs: [Int], _ name: String, giving shape: FeatureShape
  ) -> Value {
    graph.nodes.append(.init(name: name, operation: operation, inputs: inputs))
    shapes.append(shape)
    return Value(node: graph.nodes.count - 1)
  }

  /// Appends the activation that a layer names.
  mutating func activated(_ value: Value, _ layer: KerasLayer) throws(FileError) -> Value {
    try apply(try layer.activation(), to: value, layer)
  }

  private mutating func apply(
    _ activation: KerasActivation, to value: Value, _ layer: KerasLayer
  ) throws(FileError) -> Value {
    var result = value
    switch activation {
    case .linear: break
    case .relu: result = try append(.relu, value, layer, named: ".relu")
    case .silu: result = try append(.silu, value, layer, named: ".silu")
    case .softmax:
      try layer.expect(
        layer.name == model.output, "has a softmax before the end; only a final one is read")
      note("removed the final softmax of \(layer.name)")
    case .sigmoid:
      try layer.expect(
        layer.name == model.output && shapes[value.node].count == 1,
        "has a sigmoid elsewhere than behind a single last value")
      note("removed the final sigmoid of \(layer.name)")
    }
    result.flattened = value.flattened
    return result
  }

  private mutating func addRectifier(_ layer: KerasLayer) throws(FileError) -> Value {
    for field in ["max_value", "negative_slope", "threshold"] {
      let value = layer.config[field]?.number ?? 0
      try layer.expect(value == 0, "has \(field) \(value); only max(x, 0) is read")
    }
    return try apply(.relu, to: try single(layer), layer)
  }
}
