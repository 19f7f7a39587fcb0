import Files
import Graphs
import Tensors

/// Operators whose inputs are known: they are computed while importing.
extension GraphImporter {
  /// Computes a node that does not depend on the image.
  ///
  /// - Returns: false for a node that does.
  /// - Throws: ``ONNXError`` when it does not, but cannot be computed.
  mutating func foldsToConstant(_ node: ONNXNode) throws(ONNXError) -> Bool {
    if let result = try created(node) {
      try bind(.constant(result), to: node)
      return true
    }
    guard !node.inputs.isEmpty, case .constant(let first) = try value(0, of: node) else {
      return false
    }
    guard let result = try folded(first, node) else { return false }
    try bind(.constant(result), to: node)
    return true
  }

  /// The result of an operator that looks at no values, if it is one.
  private mutating func created(_ node: ONNXNode) throws(ONNXError) -> Constant? {
    switch node.operation {
    case "Constant": return try statedConstant(node)
    case "Shape": return try shapeOf(node)
    case "ConstantOfShape": return try filled(node)
    default: return nil
    }
  }

  private mutating func statedConstant(_ node: ONNXNode) throws(ONNXError) -> Constant {
    if let tensor = try node.tensor("value") {
      return try Constant(decoding: tensor, at: node.place, budget: &budget)
    }
    if let value = try node.float("value_float") {
      return Constant(Tensor(shape: [], elements: [value]))
    }
    if let values = try node.floats("value_floats") {
      return Constant(Tensor(shape: [values.count], elements: values))
    }
    if let value = try node.integer("value_int") { return Constant(shape: [], integers: [value]) }
    if let values = try node.integers("value_ints") {
      return Constant(shape: [values.count], integers: values)
    }
    throw node.error("it is no tensor and no list of numbers")
  }

  private mutating func shapeOf(_ node: ONNXNode) throws(ONNXError) -> Constant {
    let extents: [Int]
    switch try value(0, of: node) {
    case .activation(let input), .sigmoid(let input): extents = self.extents(of: input)
    case .scores(let scores): extents = scores.extents
    case .constant(let constant): extents = constant.shape
    case nil: throw node.error("input 0 is missing")
    }
    let range = SliceRange(
      start: try node.integer("start") ?? 0, end: try node.integer("end") ?? extents.count, step: 1,
      extent: extents.count)
    return Constant(shape: [range.count], integers: range.positions.map { extents[$0] })
  }

  private mutating func filled(_ node: ONNXNode) throws(ONNXError) -> Constant {
    guard let extents = try constant(0, of: node)?.integers, extents.count <= Constant.mostAxes,
      let count = extents.checkedProduct
    else { throw node.error("its shape is no list of extents") }
    try budget.charge(count, of: 8, at: node.place)
    guard let tensor = try node.tensor("value") else {
      return Constant(Tensor(shape: extents))
    }
    let value = try Constant(decoding: tensor, at: node.place, budget: &budget)
    try node.expect(value.count == 1, "its value is \(value.count) numbers; it must be one")
    switch value.elements {
    case .floats(let tensor):
      return Constant(Tensor(shape: extents, repeating: tensor[0]))
    case .integers(let integers):
      return Constant(shape: extents, integers: [Int](repeating: integers[0], count: count))
    }
  }

  /// The result of an operator on constants; nil when another input depends on the image.
  private mutating func folded(_ first: Constant, _ node: ONNXNode) throws(ONNXError) -> Constant? {
    if let result = try elementary(first, node) { return result }
    switch node.operation {
    case "Identity", "Dropout": return first
    case "Cast": return try cast(first, node)
    case "Add", "Sub", "Mul", "Div":
      guard case .constant(let second) = try value(1, of: node) else { return nil }
      return try combined(first, second, node)
    case "Reshape", "Squeeze", "Unsqueeze", "Flatten":
      let shape = try reshapedExtents(first.shape, node)
      try node.expect(
        shape.checkedProduct == first.count, "it reshapes \(first.shape.crossed) to \(shape)")
      return first.reshaped(shape)
    case "Transpose": return try transposed(first, node)
    case "Gather": return try gathered(first, node)
    case "Slice": return try sliced(first, node)
    case "Concat": return try joined(node)
    case "Conv", "Equal", "Less", "Greater", "And", "Or", "Mod", "Pow", "Min", "Max", "Where",
      "MatMul",
      "LessOrEqual", "GreaterOrEqual":
      return nil
    default: throw node.error("the operator is not supported on constants")
    }
  }

  private mutating func cast(_ constant: Constant, _ node: ONNXNode) throws(ONNXError) -> Constant {
    guard let number = try node.integer("to"), let raw = Int32(exactly: number),
      let type = ElementType(rawValue: raw)
    else { throw node.error("it casts to a type that is not supported") }
    try budget.charge(constant.count, of: 8, at: node.place)
    switch (constant.elements, type.isFloatingPoint) {
    case (.floats, true), (.integers, false): return constant
    case (.integers(let integers), true):
      return Constant(Tensor(shape: constant.shape, elements: integers.map { Float($0) }))
    case (.floats(let tensor), false):
      var integers: [Int] = []
      for element in tensor.elements {
        guard let integer = Int(exactly: element.rounded(.towardZero)) else {
          throw node.error("it casts \(element) to an integer")
        }
        integers.append(integer)
      }
      return Constant(shape: constant.shape, integers: integers)
    }
  }

  private mutating func reshapedExtents(_ extents: [Int], _ node: ONNXNode) throws(ONNXError)
    -> [Int]
  {
    switch node.operation {
    case "Reshape":
      guard let target = try integers("shape", orInput: 1, of: node) else {
        throw node.error("it has no shape")
      }
      let keepsZero = try node.isSet("allowzero")
      return try ReshapeTarget(target, keepsZero: keepsZero).resolved(for: extents, node)
    case "Squeeze":
      let ones = extents.indices.filter { extents[$0] == 1 }
      let stated = try integers("axes", orInput: 1, of: node) ?? ones
      let axes = try node.axes(stated, rank: extents.count)
      return extents.indices.filter { !axes.contains($0) }.map { extents[$0] }
    case "Unsqueeze":
      guard let stated = try integers("axes", orInput: 1, of: node),
        extents.count + stated.count <= Constant.mostAxes
      else { throw node.error("it has no axes or too many") }
      var result = extents
      for axis in try node.axes(stated, rank: extents.count + stated.count).sorted() {
        result.insert(1, at: axis)
      }
      return result
    default:
      let stated = try node.integer("axis") ?? 1
      let axis = stated == extents.count ? stated : try node.axis(stated, rank: extents.count)
      return [extents.prefix(axis).reduce(1, *), extents.dropFirst(axis).reduce(1, *)]
    }
  }
}
