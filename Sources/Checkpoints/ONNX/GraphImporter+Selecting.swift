import Files
import Graphs
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
    guard let chosen = try self.constant(1, of: node), let indices = chosen.integers else {
      throw node.error("its indices are no integers")
    }
    try node.expect(constant.count > 0, "its input is empty")
    let axis = try node.axis(try node.integer("axis") ?? 0, rank: constant.shape.count)
    let extent = constant.shape[axis]
    try node.expect(
      indices.allSatisfy { (-extent..<extent).contains($0) }, "an index is not below \(extent)")
    var choices = constant.shape.map { Array(0..<$0) }
    choices[axis] = indices.map { $0 < 0 ? $0 + extent : $0 }
    let result = try selected(constant, choices: choices, Array(constant.shape.indices), node)
    var shape = result.shape
    shape.replaceSubrange(axis...axis, with: chosen.shape)
    return result.reshaped(shape)
  }

  /// The elements at chosen positions along each axis, with the axes in another order.
  mutating func selected(
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

  /// Concatenates constants; nil where an input depends on the image.
  mutating func joined(_ node: ONNXNode) throws(ONNXError) -> Constant? {
    var parts: [Constant] = []
    for position in node.inputs.indices {
      guard case .constant(let part) = try value(position, of: node) else { return nil }
      parts.append(part)
    }
    guard var shape = parts.first?.shape, let stated = try node.integer("axis") else {
      throw node.error("it has no inputs or no axis")
    }
    let axis = try node.axis(stated, rank: shape.count)
    shape[axis] = 0
    let inner = shape.dropFirst(axis + 1).reduce(1, *)
    let outer = shape.prefix(axis).reduce(1, *)
    var total = 0
    for part in parts {
      var own = part.shape
      if own.count == shape.count {
        total += own[axis]
        own[axis] = 0
      }
      try node.expect(own == shape, "it joins \(parts[0].shape.crossed) and \(part.shape.crossed)")
      try budget.charge(part.count, of: 8, at: node.place)
    }
    shape[axis] = total
    func interleaved<Element>(_ lists: [[Element]]) -> [Element] {
      (0..<outer).flatMap { row in
        zip(lists, parts).flatMap { list, part in
          let length = part.shape[axis] * inner
          return list[row * length..<(row + 1) * length]
        }
      }
    }
    if parts.allSatisfy({ $0.integers != nil }) {
      return Constant(shape: shape, integers: interleaved(parts.map { $0.integers ?? [] }))
    }
    try node.expect(
      parts.allSatisfy { $0.floats != nil }, "it joins integers and floating-point numbers")
    return Constant(
      Tensor(shape: shape, elements: interleaved(parts.map { $0.floats?.elements ?? [] })))
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

  func broadcastShape(_ left: [Int], _ right: [Int], _ node: ONNXNode) throws(ONNXError)
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

  mutating func repeated(_ constant: Constant, to shape: [Int], _ node: ONNXNode)
    throws(ONNXError) -> Constant
  {
    guard let count = shape.checkedProduct, shape.count <= Constant.mostAxes else {
      throw node.error("its output is too large")
    }
    try budget.charge(count, of: 8, at: node.place)
    if constant.shape == shape { return constant }
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
