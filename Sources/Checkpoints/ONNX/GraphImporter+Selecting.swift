import Files
import Tensors

/// Operators on constants that pick, order, join or combine elements.
extension GraphImporter {
  mutating func transposed(_ constant: Constant, _ node: ONNXNode) throws(ONNXError) -> Constant {
    let rank = constant.shape.count
    let stated = try node.integers("perm") ?? Array((0..<rank).reversed())
    let order = try node.axes(stated, rank: rank)
    try node.expect(constant.count > 0, "its input is empty")
    try node.expect(order.count == rank, "perm names \(order.count) of \(rank) axes")
    return try selected(constant, choices: constant.shape.map { Array(0..<$0) }, order, node)
  }

  mutating func sliced(_ constant: Constant, _ node: ONNXNode) throws(ONNXError) -> Constant {
    try node.expect(constant.count > 0, "its input is empty")
    var choices = constant.shape.map { Array(0..<$0) }
    for (axis, range) in try sliceRanges(of: node, extents: constant.shape) {
      choices[axis] = range.positions
    }
    return try selected(constant, choices: choices, Array(constant.shape.indices), node)
  }

  mutating func gathered(_ constant: Constant, _ node: ONNXNode) throws(ONNXError) -> Constant {
    guard let chosen = try self.constant(1, of: node), let indices = chosen.integers,
      chosen.shape.count <= 1
    else { throw node.error("its indices are no list of integers") }
    try node.expect(constant.count > 0, "its input is empty")
    let axis = try node.axis(try node.integer("axis") ?? 0, rank: constant.shape.count)
    let extent = constant.shape[axis]
    try node.expect(
      indices.allSatisfy { (-extent..<extent).contains($0) }, "an index is not below \(extent)")
    var choices = constant.shape.map { Array(0..<$0) }
    choices[axis] = indices.map { $0 < 0 ? $0 + extent : $0 }
    let result = try selected(constant, choices: choices, Array(constant.shape.indices), node)
    guard chosen.shape.isEmpty else { return result }
    var shape = result.shape
    shape.remove(at: axis)
    return result.reshaped(shape)
  }

  /// The elements at chosen positions along each axis, with the axes in another order.
  private mutating func selected(
    _ constant: Constant, choices: [[Int]], _ order: [Int], _ node: ONNXNode
  ) throws(ONNXError) -> Constant {
    let shape = order.map { choices[$0].count }
    guard let count = shape.checkedProduct else { throw node.error("its output is too large") }
    try budget.charge(count, of: 24, at: node.place)
    var strides = [Int](repeating: 1, count: choices.count)
    for axis in choices.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * constant.shape[axis + 1]
    }
    var positions = [0]
    for axis in order {
      positions = positions.flatMap { start in choices[axis].map { start + $0 * strides[axis] } }
    }
    return constant.selecting(positions, shape: shape)
  }

  /// Concatenates constants of one axis.
  mutating func joined(_ node: ONNXNode) throws(ONNXError) -> Constant {
    var integers: [Int] = []
    for position in node.inputs.indices {
      guard let part = try constant(position, of: node), let elements = part.integers,
        part.shape.count == 1
      else { throw node.error("only lists of integers can be joined") }
      try budget.charge(elements.count, of: 8, at: node.place)
      integers += elements
    }
    return Constant(shape: [integers.count], integers: integers)
  }

  /// Combines two constants element by element, one of them repeated along axes of extent 1.
  mutating func combined(_ left: Constant, _ right: Constant, _ node: ONNXNode) throws(ONNXError)
    -> Constant
  {
    let shape = try broadcastShape(left.shape, right.shape, node)
    let first = try repeated(left, to: shape, node)
    let second = try repeated(right, to: shape, node)
    switch (first.elements, second.elements) {
    case (.floats(let left), .floats(let right)):
      let elements = zip(left.elements, right.elements).map { Self.apply(node.operation, $0, $1) }
      return Constant(Tensor(shape: shape, elements: elements))
    case (.integers(let left), .integers(let right)):
      var integers: [Int] = []
      for (left, right) in zip(left, right) {
        integers.append(try applied(node, left, right))
      }
      return Constant(shape: shape, integers: integers)
    case (.floats, .integers), (.integers, .floats):
      throw node.error("it combines integers and floating-point numbers")
    }
  }

  private func broadcastShape(_ left: [Int], _ right: [Int], _ node: ONNXNode) throws(ONNXError)
    -> [Int]
  {
    let rank = max(left.count, right.count)
    let first = [Int](repeating: 1, count: rank - left.count) + left
    let second = [Int](repeating: 1, count: rank - right.count) + right
    var shape: [Int] = []
    for (left, right) in zip(first, second) {
      try node.expect(left == right || left == 1 || right == 1, "it combines \(left) and \(right)")
      shape.append(left == 1 ? right : left)
    }
    try node.expect((shape.checkedProduct ?? 0) > 0, "its output is empty or too large")
    return shape
  }

  private mutating func repeated(_ constant: Constant, to shape: [Int], _ node: ONNXNode)
    throws(ONNXError) -> Constant
  {
    if constant.shape == shape {
      try budget.charge(constant.count, of: 8, at: node.place)
      return constant
    }
    let full = [Int](repeating: 1, count: shape.count - constant.shape.count) + constant.shape
    let choices = zip(full, shape).map { own, wanted in
      own == wanted ? Array(0..<own) : [Int](repeating: 0, count: wanted)
    }
    return try selected(constant.reshaped(full), choices: choices, Array(shape.indices), node)
  }

  private static func apply(_ operation: String, _ left: Float, _ right: Float) -> Float {
    switch operation {
    case "Add": left + right
    case "Sub": left - right
    case "Mul": left * right
    default: left / right
    }
  }

  private func applied(_ node: ONNXNode, _ left: Int, _ right: Int) throws(ONNXError) -> Int {
    let (result, overflow) =
      switch node.operation {
      case "Add": left.addingReportingOverflow(right)
      case "Sub": left.subtractingReportingOverflow(right)
      case "Mul": left.multipliedReportingOverflow(by: right)
      default: left.dividedReportingOverflow(by: right)
      }
    try node.expect(!overflow, "the integers \(left) and \(right) overflow")
    return result
  }
}
