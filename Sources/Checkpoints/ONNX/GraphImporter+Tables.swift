import Graphs
import Tensors

/// Constants as large as activations.
extension GraphImporter {
  /// Imports a sum or product with a number for each value.
  mutating func addTable(
    _ input: Activation, _ operation: String, _ constant: Constant, _ node: ONNXNode
  ) throws(ONNXError) {
    let shape = shapes[input.node]
    try node.expect(
      input.view.count == shape.count, "it combines part of an activation with a constant")
    var values = try numbers(of: constant, for: input, node)
    switch operation {
    case "Sub": values = values.map { -$0 }
    case "Div": values = values.map { 1 / $0 }
    default: break
    }
    let table = try appendTable(
      values, at: input.view.positions, shape: shape, origin: constant.name, form: operation, node)
    let isProduct = operation == "Mul" || operation == "Div"
    let result = push(
      isProduct ? .multiply : .add, name: node.name, reading: [input.node, table], giving: shape)
    try bind(
      .activation(Activation(node: result, view: input.view, batchAxis: input.batchAxis)), to: node)
  }

  /// A constant as an activation of some extents.
  mutating func table(
    _ constant: Constant, _ extents: [Int], batchAxis: Int?, for node: ONNXNode
  ) throws(ONNXError) -> Activation {
    let view = ActivationView.plain(extents, slowestFirst: Array(extents.indices))
    let shape = FeatureShape(channels: view.count)
    let request = Activation(node: 0, view: view, batchAxis: batchAxis)
    let values = try numbers(of: constant, for: request, node)
    let position = try appendTable(
      values, at: Array(0..<view.count), shape: shape, origin: constant.name, form: "as it is", node
    )
    return Activation(node: position, view: view, batchAxis: batchAxis)
  }

  /// The numbers of a constant for each value of an activation, in the order of its view.
  private mutating func numbers(
    of constant: Constant, for input: Activation, _ node: ONNXNode
  ) throws(ONNXError) -> [Float] {
    let extents = extents(of: input)
    let leading = extents.count - constant.shape.count
    try node.expect(
      leading >= 0
        && zip(extents.dropFirst(max(leading, 0)), constant.shape).allSatisfy {
          $1 == 1 || $0 == $1
        },
      "its constant \(constant.shape.crossed) does not fit its input \(extents.crossed)")
    let all = try repeated(constant, to: extents, node)
    guard let elements = all.floats?.elements else {
      throw node.error("its constant is not floating-point")
    }
    guard let axis = input.batchAxis, batch > 1 else { return elements }
    try node.expect(axis == 0, "the first axis of its input is not the batch of images")
    let own = Array(elements.prefix(elements.count / batch))
    try node.expect(
      (1..<batch).allSatisfy { Array(elements[$0 * own.count..<($0 + 1) * own.count]) == own },
      "its constant has other numbers for each image")
    return own
  }

  private mutating func appendTable(
    _ values: [Float], at places: [Int], shape: FeatureShape, origin: String?, form: String,
    _ node: ONNXNode
  ) throws(ONNXError) -> Int {
    try budget.charge(values.count, of: 16, at: node.place)
    var stored = [Float](repeating: 0, count: values.count)
    for (value, place) in zip(values, places) { stored[place] = value }
    // One initializer may be read in several orders, of which only its own keeps its name.
    let isInOrder = places.indices.allSatisfy { places[$0] == $0 }
    let name = try parameters.add(
      Tensor(shape: [shape.channels, shape.height, shape.width], elements: stored),
      origin: isInOrder ? origin : nil, form: "table \(form) of \(shape)",
      fallback: freshName("table", for: node),
      at: node.place)
    return push(
      .table(Table(parameter: name, shape: shape, order: .channelsFirst)), name: name, reading: [],
      giving: shape)
  }
}
