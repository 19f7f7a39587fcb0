import FoundationEssentials
import Graphs
import SwiftProtobuf
import Tensors

/// Writes a network down in ONNX operators of opset 17.
///
/// ONNX tells images of four axes from vectors of two, which a graph does not: every value knows how
/// many it has, and is flattened or widened where an operator needs the other form.
struct GraphExporter {
  /// A value of the ONNX graph.
  struct Value {
    var name: String
    var isVector: Bool
  }

  static let opset: Int64 = 17
  /// Initializers of constants that are no parameters carry this in front; no parameter does.
  private static let constantMark = "/constant."

  let model: Model
  /// The output shape of every node.
  let shapes: [FeatureShape]
  private(set) var graph = WireGraph()
  /// One value a node of the model.
  private var values: [Value] = []
  private var stored: Set<String> = []
  /// Images made of vectors and vectors made of images, by the name of what they are made of.
  private var converted: [String: Value] = [:]
  private var names = 0

  /// Translates a model.
  ///
  /// - Parameter model: the network with all its parameters.
  /// - Throws: `GraphError` when its shapes do not fit.
  init(_ model: Model) throws(GraphError) {
    self.model = model
    shapes = try model.shapes()
    graph.name = "classifier"
    graph.input = [Self.info("x", [model.graph.input.channels] + model.graph.input.extents)]
    for position in model.graph.nodes.indices { values.append(add(position)) }
    let logits = asVector(values[values.count - 1])
    append("Identity", [logits.name], giving: "logits")
    graph.output = [Self.info("logits", [shapes[shapes.count - 1].count])]
  }

  /// The whole file's message.
  var file: WireModel {
    var file = WireModel()
    file.irVersion = 8
    file.producerName = "robeval"
    var operators = WireOperatorSet()
    operators.version = Self.opset
    file.opsetImport = [operators]
    file.graph = graph
    return file
  }

  private static func info(_ name: String, _ extents: [Int]) -> WireValueInfo {
    var batch = WireDimension()
    batch.dimParam = "N"
    let dimensions = extents.map { extent in
      var dimension = WireDimension()
      dimension.dimValue = Int64(extent)
      return dimension
    }
    var info = WireValueInfo()
    info.name = name
    info.type.tensorType.elemType = ElementType.float.rawValue
    info.type.tensorType.shape.dim = [batch] + dimensions
    return info
  }

  // MARK: Values

  /// The output of a node that the node at a position reads.
  func input(_ place: Int = 0, of position: Int) -> Value {
    values[model.graph.nodes[position].inputs[place]]
  }

  /// The shape of what the node at a position reads first.
  func inputShape(of position: Int) -> FeatureShape {
    shapes[model.graph.nodes[position].inputs[0]]
  }

  /// A value with four axes.
  mutating func asImage(_ value: Value) -> Value {
    if !value.isVector { return value }
    if let known = converted[value.name] { return known }
    let image = Value(
      name: append("Unsqueeze", [value.name, constant([2, 3])]), isVector: false)
    converted[value.name] = image
    return image
  }

  /// A value with two axes.
  mutating func asVector(_ value: Value) -> Value {
    if value.isVector { return value }
    if let known = converted[value.name] { return known }
    let vector = Value(name: append("Flatten", [value.name]), isVector: true)
    converted[value.name] = vector
    return vector
  }

  // MARK: Nodes and constants

  /// Appends an operator.
  ///
  /// - Returns: the name of its output.
  @discardableResult
  mutating func append(
    _ operation: String, _ inputs: [String], _ attributes: [WireAttribute] = [],
    giving output: String? = nil
  ) -> String {
    names += 1
    var node = WireNode()
    node.opType = operation
    node.name = "/\(operation).\(names)"
    node.input = inputs
    node.output = [output ?? "/value.\(names)"]
    node.attribute = attributes
    graph.node.append(node)
    return node.output[0]
  }

  /// Stores a parameter once.
  ///
  /// - Returns: its name.
  mutating func parameter(_ name: String) -> String {
    if let tensor = model.parameters[name], stored.insert(name).inserted {
      store(name, tensor.shape, tensor.littleEndianBytes, .float)
    }
    return name
  }

  /// Stores one number a channel, in the form that fits a value.
  ///
  /// - Returns: its name.
  mutating func perChannel(_ numbers: [Float], for value: Value) -> String {
    names += 1
    let name = Self.constantMark + "\(names)"
    let shape = value.isVector ? [1, numbers.count] : [1, numbers.count, 1, 1]
    store(
      name, shape, Tensor(shape: [numbers.count], elements: numbers).littleEndianBytes, .float)
    return name
  }

  /// Stores numbers of some extents.
  ///
  /// - Returns: their name.
  mutating func floats(_ numbers: [Float], _ extents: [Int]) -> String {
    names += 1
    let name = Self.constantMark + "\(names)"
    store(
      name, extents, Tensor(shape: [numbers.count], elements: numbers).littleEndianBytes, .float)
    return name
  }

  /// Stores a single number.
  ///
  /// - Returns: its name.
  mutating func scalar(_ number: Float) -> String {
    names += 1
    let name = Self.constantMark + "\(names)"
    store(name, [], Tensor(shape: [1], repeating: number).littleEndianBytes, .float)
    return name
  }

  /// Stores a list of whole numbers.
  ///
  /// - Returns: its name.
  mutating func constant(_ numbers: [Int]) -> String {
    names += 1
    let name = Self.constantMark + "\(names)"
    let bytes = numbers.map { Int64($0).littleEndian }.withUnsafeBytes { Array($0) }
    store(name, [numbers.count], bytes, .int64)
    return name
  }

  private mutating func store(
    _ name: String, _ shape: [Int], _ bytes: [UInt8], _ type: ElementType
  ) {
    var tensor = WireTensor()
    tensor.name = name
    tensor.dims = shape.map(Int64.init)
    tensor.dataType = type.rawValue
    tensor.rawData = Data(bytes)
    graph.initializer.append(tensor)
  }
}

extension FeatureShape {
  /// Rows and columns.
  fileprivate var extents: [Int] { [height, width] }
}
