import Graphs
import Tensors

/// An activation of the file: a node of the graph being built, seen through a view.
struct Activation: Hashable {
  /// Position in the graph.
  var node: Int
  /// How the ONNX axes behind the batch axis lie in the node's output.
  var view: ActivationView
  /// Where among the axes of the file the batch stands; nil where it is the slowest part of another.
  var batchAxis: Int? = 0
}

/// What a name of the file stands for.
enum ONNXValue {
  case constant(Constant)
  case activation(Activation)
  /// σ of an activation, which becomes a node unless it is a factor of x · σ(x).
  case sigmoid(Activation)
  /// Products of queries and keys, which become an attention.
  case scores(Scores)
}

/// Turns the nodes of an ONNX graph into a ``Graph``, one after another.
///
/// Values that do not depend on the image are computed at once; the rest become nodes.
struct GraphImporter {
  private var wire: WireGraph
  private var initializers: [String: Int] = [:]
  private var values: [String: ONNXValue] = [:]
  /// The nodes that Sigmoids became.
  var sigmoids: [Activation: Activation] = [:]
  /// The version of the operators, for messages.
  let opset: Int64
  var converted: [Activation: Activation] = [:]
  /// Activations that were put in another order, by what was asked for.
  var moved: [Activation: Activation] = [:]
  private(set) var graph: Graph
  private(set) var shapes: [FeatureShape]
  /// The fixed batch size, 1 where it is free.
  private(set) var batch: Int
  var parameters = ParameterStore()
  var budget: MemoryBudget
  /// What the reader should know.
  var notes: [String] = []

  init(graph wire: WireGraph, opset: Int64, budget: MemoryBudget) throws(ONNXError) {
    self.wire = wire
    let functions = MeanSparsePattern(GELUPattern(wire).rewritten()).rewritten()
    self.wire.node = LayerNormPattern(
      RowNormPattern(functions).rewritten(), initializers: wire.initializer
    ).rewritten()
    self.opset = opset
    self.budget = budget
    for (position, tensor) in wire.initializer.enumerated() {
      guard initializers.updateValue(position, forKey: tensor.name) == nil else {
        throw ONNXError(
          place: "initializer \(tensor.name.quotedName)", problem: "its name is given twice")
      }
    }
    let known = initializers
    let images = wire.input.filter { known[$0.name] == nil }
    guard images.count == 1, let image = images.first, !image.name.isEmpty else {
      throw ONNXError(
        place: "graph", problem: "it has \(images.count) inputs; an image classifier has one")
    }
    let input = try ImageInput(image)
    batch = input.batch
    graph = Graph(
      input: input.shape, nodes: [.init(name: "input", operation: .input, inputs: [])])
    shapes = [input.shape]
    var view: ActivationView =
      input.isVector ? .init(vector: input.shape.channels) : .init(image: input.shape)
    if input.isChannelsLast { view = view.transposed([1, 2, 0]) }
    values[image.name] = .activation(Activation(node: 0, view: view))
    notes += input.notes
  }

  /// Imports all nodes.
  ///
  /// - Returns: the network; its last node gives the logits.
  /// - Throws: ``ONNXError`` at the first node that does not fit.
  mutating func model() throws(ONNXError) -> Model {
    for wireNode in wire.node { try add(try ONNXNode(wireNode)) }
    guard wire.output.count == 1, let output = wire.output.first?.name else {
      throw ONNXError(
        place: "graph", problem: "it has \(wire.output.count) outputs; it must have one, the logits"
      )
    }
    if case .sigmoid(let logits) = values[output] {
      note("removed the final Sigmoid, so that the outputs are logits")
      values[output] = .activation(logits)
    }
    guard case .activation(let last) = values[output] else {
      throw ONNXError(
        place: "output \(output.quotedName)", problem: "no node computes it from the image")
    }
    guard last.batchAxis == 0 else {
      throw ONNXError(
        place: "output \(output.quotedName)", problem: "its first axis is not the batch of images")
    }
    let logits = try vector(last, at: "output \(output.quotedName)")
    let needed = Graph(input: graph.input, nodes: Array(graph.nodes[...logits.node]))
    let model = Model(graph: needed, parameters: parameters.tensors)
      .droppingUnreadNodes().droppingUnusedParameters()
    do throws(GraphError) {
      _ = try model.classes()
    } catch {
      throw ONNXError(place: error.place, problem: error.problem)
    }
    return model
  }

  // MARK: Values

  /// What an input of a node stands for; nil for an optional input that is left out.
  mutating func value(_ position: Int, of node: ONNXNode) throws(ONNXError) -> ONNXValue? {
    guard position < node.inputs.count, !node.inputs[position].isEmpty else { return nil }
    let name = node.inputs[position]
    if let value = values[name] { return value }
    guard let index = initializers[name] else {
      throw node.error("it reads \(name.quotedName), which no node before it gives")
    }
    let constant = try Constant(
      decoding: wire.initializer[index], at: "initializer \(name.quotedName)", budget: &budget)
    if ElementType(rawValue: wire.initializer[index].dataType) == .float16 {
      note("widened float16 parameters to float32")
    }
    budget.release(wire.initializer[index].payloadSize)
    wire.initializer[index] = WireTensor()
    values[name] = .constant(constant)
    return .constant(constant)
  }

  /// An input that must depend on the image, and whose first axis is the batch.
  mutating func activation(_ position: Int, of node: ONNXNode) throws(ONNXError) -> Activation {
    let activation = try anyActivation(position, of: node)
    try node.expect(
      activation.batchAxis == 0, "the first axis of its input is not the batch of images")
    return activation
  }

  /// The extents of an activation in the file.
  func extents(of activation: Activation) -> [Int] {
    var extents = activation.view.shape
    if let axis = activation.batchAxis { extents.insert(batch, at: axis) }
    return extents
  }

  /// The axis of an activation's view that is an axis of the file; nil for the batch.
  func viewAxis(_ axis: Int, of activation: Activation) -> Int? {
    guard let batch = activation.batchAxis else { return axis }
    return axis == batch ? nil : axis < batch ? axis : axis - 1
  }

  /// An input that must depend on the image, wherever its batch stands.
  mutating func anyActivation(_ position: Int, of node: ONNXNode) throws(ONNXError) -> Activation {
    switch try settled(try value(position, of: node), node) {
    case .activation(let activation): return activation
    case .constant(let constant)
    where node.operation == "Conv" && position == 0 && constant.shape.count == 4
      && constant.shape[0] == batch:
      return try table(constant, Array(constant.shape.dropFirst()), batchAxis: 0, for: node)
    case .scores:
      throw node.error("it reads products of queries and keys, of which that is not supported")
    case .sigmoid: preconditionFailure("a settled value is no Sigmoid")
    case .constant: throw node.error("input \(position) is a constant; it must come from the image")
    case nil: throw node.error("input \(position) is missing")
    }
  }

  /// An optional input that must not depend on the image.
  mutating func constant(_ position: Int, of node: ONNXNode) throws(ONNXError) -> Constant? {
    switch try value(position, of: node) {
    case .constant(let constant): return constant
    case .activation, .sigmoid, .scores:
      throw node.error("input \(position) depends on the image; only a constant is supported")
    case nil: return nil
    }
  }

  /// A floating-point constant that must be there.
  mutating func tensor(_ position: Int, of node: ONNXNode, rank: Int) throws(ONNXError) -> Constant
  {
    guard let constant = try constant(position, of: node), constant.floats != nil else {
      throw node.error("input \(position) must be a floating-point constant")
    }
    try node.expect(
      constant.shape.count == rank,
      "input \(position) is \(constant.shape.crossed); it must have \(rank) axes")
    return constant
  }

  /// A list of integers from an attribute or, in newer opsets, from an input.
  mutating func integers(_ attribute: String, orInput position: Int, of node: ONNXNode)
    throws(ONNXError) -> [Int]?
  {
    if let list = try node.integers(attribute) { return list }
    guard let constant = try constant(position, of: node) else { return nil }
    guard let list = constant.integers, constant.shape.count <= 1 else {
      throw node.error("\(attribute) must be a list of integers")
    }
    return list
  }

  /// Names the first output of a node.
  mutating func bind(_ value: ONNXValue, to node: ONNXNode) throws(ONNXError) {
    try bind([value], to: node)
  }

  /// Names the outputs of a node.
  mutating func bind(_ results: [ONNXValue], to node: ONNXNode) throws(ONNXError) {
    try node.expect(!node.outputs.isEmpty, "it has no output")
    for (name, result) in zip(node.outputs, results) where !name.isEmpty {
      let isFree = initializers[name] == nil && values.updateValue(result, forKey: name) == nil
      try node.expect(isFree, "its output \(name.quotedName) is the name of something else")
    }
  }

  /// Whether a name is the output of the whole graph.
  func isOutput(_ name: String) -> Bool { wire.output.contains { $0.name == name } }

  mutating func note(_ text: String) {
    if !notes.contains(text) { notes.append(text) }
  }

  // MARK: Nodes of the graph

  /// Appends an operation with one input, whose output shape is inferred.
  ///
  /// - Returns: the position of the new node.
  mutating func append(_ operation: Operation, reading input: Int, for node: ONNXNode)
    throws(ONNXError) -> Int
  {
    let name = node.name
    let step = Graph(
      input: shapes[input],
      nodes: [
        .init(name: "input", operation: .input, inputs: []),
        .init(name: name, operation: operation, inputs: [0]),
      ])
    var extents: [String: [Int]] = [:]
    for name in operation.parameterNames { extents[name] = parameters.tensors[name]?.shape }
    do throws(GraphError) {
      let inferred = try step.shapes(parameters: extents)
      return push(operation, name: name, reading: [input], giving: inferred[1])
    } catch {
      throw node.error(error.problem)
    }
  }

  /// Appends an operation whose output shape is known.
  ///
  /// - Returns: the position of the new node.
  mutating func push(
    _ operation: Operation, name: String, reading inputs: [Int], giving shape: FeatureShape
  ) -> Int {
    graph.nodes.append(.init(name: name, operation: operation, inputs: inputs))
    shapes.append(shape)
    return graph.nodes.count - 1
  }

  /// The result of an operation on an image, as an image.
  mutating func appendImage(_ operation: Operation, reading input: Int, for node: ONNXNode)
    throws(ONNXError) -> ONNXValue
  {
    let position = try append(operation, reading: input, for: node)
    return .activation(Activation(node: position, view: .init(image: shapes[position])))
  }
}
