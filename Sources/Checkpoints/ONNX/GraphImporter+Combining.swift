import Graphs
import Tensors

/// Operators that are sums, products and maxima in other words.
extension GraphImporter {
  /// An activation times one number.
  mutating func scaled(_ input: Activation, by factor: Float, _ node: ONNXNode) throws(ONNXError)
    -> Activation
  {
    var result = input
    result.node = try appendScale(
      ChannelConstant(repeating: factor, count: shapes[input.node].channels), reading: input.node,
      for: node)
    return result
  }

  /// The sum of two activations of the same extents.
  private mutating func sum(_ left: Activation, _ right: Activation, _ node: ONNXNode)
    throws(ONNXError) -> Activation
  {
    try node.expect(
      extents(of: left) == extents(of: right),
      "it combines \(extents(of: left).crossed) and \(extents(of: right).crossed)")
    let other = try laidOut(right, like: left, for: node)
    var result = left
    result.node = push(
      .add, name: node.name, reading: [left.node, other.node], giving: shapes[left.node])
    return result
  }

  private mutating func rectified(_ input: Activation, _ node: ONNXNode) throws(ONNXError)
    -> Activation
  {
    var result = input
    result.node = try append(.relu, reading: input.node, for: node)
    return result
  }

  /// Imports the sum of any number of activations.
  mutating func addSum(_ node: ONNXNode) throws(ONNXError) {
    var total = try anyActivation(0, of: node)
    for position in node.inputs.indices.dropFirst() {
      total = try sum(total, try anyActivation(position, of: node), node)
    }
    try bind(.activation(total), to: node)
  }

  /// Imports the larger of two activations, a + max(b − a, 0), or the smaller.
  mutating func addLarger(_ node: ONNXNode) throws(ONNXError) {
    var (first, second) = (try anyActivation(0, of: node), try anyActivation(1, of: node))
    let isLarger = node.operation == "Max"
    if !isLarger { (first, second) = (try negative(first, node), try negative(second, node)) }
    let difference = try sum(second, try negative(first, node), node)
    let result = try sum(first, try rectified(difference, node), node)
    try bind(.activation(isLarger ? result : try negative(result, node)), to: node)
  }

  /// Imports a leaky ReLU whose slope is learned: max(x, 0) − slope·max(−x, 0).
  mutating func addPReLU(_ node: ONNXNode) throws(ONNXError) {
    let input = try anyActivation(0, of: node)
    guard let slope = try constant(1, of: node) else { throw node.error("it has no slope") }
    let below = try rectified(try negative(input, node), node)
    let (source, slopes) = try perChannel(slope, over: below, for: node)
    var bent = source
    bent.node = try appendScale(slopes.mapped { -$0 }, reading: source.node, for: node)
    try bind(.activation(try sum(try rectified(input, node), bent, node)), to: node)
  }

  mutating func addGlobalMaxPool(_ node: ONNXNode) throws(ONNXError) {
    let input = try image(try activation(0, of: node), for: node)
    let pooling = Pooling(kernel: Size(height: shapes[input].height, width: shapes[input].width))
    try bind(try appendImage(.maxPool(pooling), reading: input, for: node), to: node)
  }

  /// Imports a sum or maximum over rows and columns.
  mutating func addReduction(_ node: ONNXNode) throws(ONNXError) {
    let input = try activation(0, of: node)
    let rank = input.view.axes.count + 1
    guard let stated = try integers("axes", orInput: 1, of: node),
      try node.axes(stated, rank: rank).sorted() == [2, 3]
    else { throw node.error("it runs over other axes than rows and columns") }
    let source = try image(input, for: node)
    let shape = shapes[source]
    var position = try append(
      node.operation == "ReduceMax"
        ? .maxPool(Pooling(kernel: Size(height: shape.height, width: shape.width)))
        : .globalAveragePool, reading: source, for: node)
    if node.operation == "ReduceSum" {
      position = try appendScale(
        ChannelConstant(repeating: Float(shape.area), count: shape.channels), reading: position,
        for: node)
    }
    let keepsAxes = try node.integer("keepdims") ?? 1 != 0
    try bind(.activation(activation(position, rank: keepsAxes ? 4 : 2)), to: node)
  }
}
