import Files
import Foundation
import Graphs
import Tensors

/// Operators on constants that compute each element from those in its place, or repeat elements.
extension GraphImporter {
  /// The result of such an operator; nil for another, or where an input depends on the image.
  mutating func elementary(_ first: Constant, _ node: ONNXNode) throws(ONNXError) -> Constant? {
    switch node.operation {
    case "DequantizeLinear": return try dequantised(first, node)
    case "Expand": return try expanded(first, node)
    case "Tile": return try tiled(first, node)
    case "Range": return try counted(first, node)
    case "Where": return try chosen(by: first, node)
    case "Sqrt", "Exp", "Log", "Sin", "Cos", "Ceil", "Floor", "Neg", "Abs", "Reciprocal", "Erf",
      "Sigmoid", "Tanh", "Not":
      return try applied(first, node)
    case "Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual", "And", "Or", "Mod", "Pow",
      "Min", "Max":
      guard node.inputs.count == 2, case .constant(let second) = try value(1, of: node) else {
        return nil
      }
      return try compared(first, second, node)
    default: return nil
    }
  }

  /// (q − zero) · scale, with one scale for all or one for each slice along an axis.
  private mutating func dequantised(_ constant: Constant, _ node: ONNXNode) throws(ONNXError)
    -> Constant
  {
    guard let integers = constant.integers, let scale = try self.constant(1, of: node)?.floats
    else {
      throw node.error("it needs integers and a floating-point scale")
    }
    let zeros = try self.constant(2, of: node)?.integers ?? [0]
    let rank = constant.shape.count
    let axis = scale.count == 1 ? 0 : try node.axis(try node.integer("axis") ?? 1, rank: rank)
    let extent = scale.count == 1 ? 1 : constant.shape[axis]
    try node.expect(
      scale.count == extent && [1, extent].contains(zeros.count) && !zeros.isEmpty
        && integers.count > 0,
      "it has \(scale.count) scales and \(zeros.count) zeros for \(constant.shape.crossed)")
    try budget.charge(constant.count, of: 4, at: node.place)
    let inner = scale.count == 1 ? constant.count : constant.shape.dropFirst(axis + 1).reduce(1, *)
    var result = Constant(
      Tensor(
        shape: constant.shape,
        elements: integers.indices.map { index in
          let slice = index / inner % extent
          return Float(integers[index] - zeros[zeros.count == 1 ? 0 : slice]) * scale[slice]
        }))
    result.name = constant.name
    return result
  }

  private mutating func expanded(_ constant: Constant, _ node: ONNXNode) throws(ONNXError)
    -> Constant
  {
    guard let target = try self.constant(1, of: node)?.integers,
      target.count <= Constant.mostAxes
    else { throw node.error("its shape is no list of extents") }
    return try repeated(
      constant, to: try broadcastShape(constant.shape, target, node), node)
  }

  private mutating func tiled(_ constant: Constant, _ node: ONNXNode) throws(ONNXError) -> Constant
  {
    guard let times = try self.constant(1, of: node)?.integers, times.count == constant.shape.count,
      times.allSatisfy({ (1...1 << 20).contains($0) })
    else { throw node.error("its repeats do not fit its input \(constant.shape.crossed)") }
    try node.expect(constant.count > 0, "its input is empty")
    let shape = zip(constant.shape, times).map {
      $0.multipliedReportingOverflow(by: $1).partialValue
    }
    guard let count = shape.checkedProduct, count > 0 else {
      throw node.error("its output is too large")
    }
    try budget.charge(count, of: 8, at: node.place)
    let choices = zip(constant.shape, shape).map { extent, whole in (0..<whole).map { $0 % extent }
    }
    return try selected(constant, choices: choices, Array(constant.shape.indices), node)
  }

  private mutating func counted(_ start: Constant, _ node: ONNXNode) throws(ONNXError) -> Constant?
  {
    guard let limit = try constant(1, of: node), let step = try constant(2, of: node) else {
      return nil
    }
    if let start = start.integers?.first, let limit = limit.integers?.first,
      let step = step.integers?.first, step != 0
    {
      let (length, overflow) = limit.subtractingReportingOverflow(start)
      let rest = length % step
      let count = overflow ? 0 : length / step + (rest != 0 && (rest > 0) == (step > 0) ? 1 : 0)
      try node.expect((1...1 << 24).contains(count), "it counts from \(start) to \(limit)")
      try budget.charge(count, of: 8, at: node.place)
      return Constant(shape: [count], integers: (0..<count).map { start + $0 * step })
    }
    guard let start = start.floats, let limit = limit.floats, let step = step.floats,
      start.count == 1, limit.count == 1, step.count == 1
    else { throw node.error("its bounds are not of one type") }
    let length = ((limit[0] - start[0]) / step[0]).rounded(.up)
    guard let count = Int(exactly: length), (1...1 << 24).contains(count) else {
      throw node.error("it counts from \(start[0]) to \(limit[0])")
    }
    try budget.charge(count, of: 8, at: node.place)
    return Constant(
      Tensor(shape: [count], elements: (0..<count).map { start[0] + Float($0) * step[0] }))
  }

  private mutating func chosen(by condition: Constant, _ node: ONNXNode) throws(ONNXError)
    -> Constant?
  {
    guard case .constant(let first) = try value(1, of: node),
      case .constant(let second) = try value(2, of: node)
    else { return nil }
    let shape = try broadcastShape(
      try broadcastShape(condition.shape, first.shape, node), second.shape, node)
    let choice = try repeated(condition, to: shape, node)
    let (left, right) = (
      try repeated(first, to: shape, node), try repeated(second, to: shape, node)
    )
    guard let choices = choice.integers else { throw node.error("its condition is no truth") }
    if let left = left.integers, let right = right.integers {
      return Constant(
        shape: shape, integers: choices.indices.map { choices[$0] != 0 ? left[$0] : right[$0] })
    }
    guard let left = left.floats, let right = right.floats else {
      throw node.error("it chooses between integers and floating-point numbers")
    }
    return Constant(
      Tensor(
        shape: shape, elements: choices.indices.map { choices[$0] != 0 ? left[$0] : right[$0] }))
  }

  private mutating func applied(_ constant: Constant, _ node: ONNXNode) throws(ONNXError)
    -> Constant
  {
    try budget.charge(constant.count, of: 8, at: node.place)
    if let integers = constant.integers {
      switch node.operation {
      case "Not": return Constant(shape: constant.shape, integers: integers.map { $0 == 0 ? 1 : 0 })
      case "Neg", "Abs":
        let isNegative = node.operation == "Neg"
        try node.expect(!integers.contains(.min), "an integer overflows")
        return Constant(
          shape: constant.shape, integers: integers.map { isNegative ? -$0 : abs($0) })
      default: throw node.error("the operator is not supported on integers")
      }
    }
    guard let tensor = constant.floats, node.operation != "Not" else {
      throw node.error("it negates numbers")
    }
    let elements = tensor.elements.map { element -> Float in
      let x = Double(element)
      return switch node.operation {
      case "Sqrt": element.squareRoot()
      case "Exp": Float(exp(x))
      case "Log": Float(log(x))
      case "Sin": Float(sin(x))
      case "Cos": Float(cos(x))
      case "Ceil": element.rounded(.up)
      case "Floor": element.rounded(.down)
      case "Neg": -element
      case "Abs": abs(element)
      case "Erf": Float(erf(x))
      case "Sigmoid": Float(1 / (1 + exp(-x)))
      case "Tanh": Float(tanh(x))
      default: 1 / element
      }
    }
    return Constant(Tensor(shape: tensor.shape, elements: elements))
  }

  private mutating func compared(
    _ left: Constant, _ right: Constant, _ node: ONNXNode
  ) throws(ONNXError) -> Constant {
    let shape = try broadcastShape(left.shape, right.shape, node)
    let (first, second) = (
      try repeated(left, to: shape, node), try repeated(right, to: shape, node)
    )
    if let left = first.integers, let right = second.integers {
      var integers: [Int] = []
      for (a, b) in zip(left, right) { integers.append(try compared(a, b, node)) }
      return Constant(shape: shape, integers: integers)
    }
    guard let left = first.floats?.elements, let right = second.floats?.elements else {
      throw node.error("it combines integers and floating-point numbers")
    }
    let pairs = zip(left, right)
    switch node.operation {
    case "Pow":
      return Constant(
        Tensor(shape: shape, elements: pairs.map { Float(pow(Double($0), Double($1))) }))
    case "Min": return Constant(Tensor(shape: shape, elements: pairs.map { min($0, $1) }))
    case "Max": return Constant(Tensor(shape: shape, elements: pairs.map { max($0, $1) }))
    case "Equal": return Constant(shape: shape, integers: pairs.map { $0 == $1 ? 1 : 0 })
    case "Less": return Constant(shape: shape, integers: pairs.map { $0 < $1 ? 1 : 0 })
    case "Greater": return Constant(shape: shape, integers: pairs.map { $0 > $1 ? 1 : 0 })
    case "LessOrEqual": return Constant(shape: shape, integers: pairs.map { $0 <= $1 ? 1 : 0 })
    case "GreaterOrEqual": return Constant(shape: shape, integers: pairs.map { $0 >= $1 ? 1 : 0 })
    default: throw node.error("the operator is not supported on floating-point numbers")
    }
  }

  private func compared(_ left: Int, _ right: Int, _ node: ONNXNode) throws(ONNXError) -> Int {
    switch node.operation {
    case "Equal": return left == right ? 1 : 0
    case "Less": return left < right ? 1 : 0
    case "Greater": return left > right ? 1 : 0
    case "LessOrEqual": return left <= right ? 1 : 0
    case "GreaterOrEqual": return left >= right ? 1 : 0
    case "And": return left != 0 && right != 0 ? 1 : 0
    case "Or": return left != 0 || right != 0 ? 1 : 0
    case "Min": return min(left, right)
    case "Max": return max(left, right)
    case "Mod":
      // The sign is the divisor's, as in Python.
      try node.expect(right != 0 && !(left == .min && right == -1), "it divides by zero")
      let rest = left % right
      return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest
    default:
      guard let power = Int(exactly: pow(Double(left), Double(right))) else {
        throw node.error("the integers \(left) and \(right) overflow")
      }
      return power
    }
  }
}
