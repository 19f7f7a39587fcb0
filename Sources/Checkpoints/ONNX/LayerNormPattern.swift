import Tensors

/// Finds (x − mean) / √(mean of squares + ε) over one axis, as exporters write a layer normalisation
/// before opset 17, or of channels that do not stand last.
struct LayerNormPattern {
  /// The name of what it becomes, which no operator of ONNX has.
  static let operation = "robeval.LayerNormalization"

  private let nodes: [WireNode]
  private var producers: [String: Int] = [:]
  private var constants: [String: WireTensor] = [:]

  /// Looks at nodes, which are left as they are.
  init(_ nodes: [WireNode], initializers: [WireTensor]) {
    self.nodes = nodes
    for (position, node) in nodes.enumerated() {
      for name in node.output { producers[name] = position }
      if node.opType == "Constant", let value = node.attribute.first(where: { $0.name == "value" })
      {
        constants[node.output.first ?? ""] = value.t
      }
    }
    for tensor in initializers where tensor.dims.allSatisfy({ $0 == 1 }) {
      constants[tensor.name] = tensor
    }
  }

  /// The nodes with each pattern as one; what else reads their results still finds them.
  func rewritten() -> [WireNode] {
    var nodes = nodes
    var superfluous: [Int] = []
    for position in nodes.indices where nodes[position].opType == "Div" {
      guard let found = match(position) else { continue }
      nodes[position].opType = Self.operation
      nodes[position].input = [found.source]
      nodes[position].attribute = [.init("axis", found.axis), .init("epsilon", found.epsilon)]
      superfluous += found.others
    }
    // From the last on, so that what only superfluous nodes read is superfluous too.
    var readers: [String: Int] = [:]
    for name in nodes.flatMap(\.input) { readers[name, default: 0] += 1 }
    var removed: Set<Int> = []
    for position in Set(superfluous).sorted(by: >)
    where nodes[position].output.allSatisfy({ readers[$0, default: 0] == 0 }) {
      removed.insert(position)
      for name in nodes[position].input { readers[name, default: 0] -= 1 }
    }
    return nodes.indices.filter { !removed.contains($0) }.map { nodes[$0] }
  }

  private struct Match {
    var source: String
    var axis: Int
    var epsilon: Float
    /// What leads to the quotient.
    var others: [Int]
  }

  private func match(_ position: Int) -> Match? {
    let inputs = nodes[position].input
    guard inputs.count == 2, let difference = producer(of: inputs[0], "Sub"),
      let root = producer(of: inputs[1], "Sqrt"),
      let sum = producer(of: nodes[root].input.first ?? "", "Add")
    else { return nil }
    let (source, center) = (nodes[difference].input[0], nodes[difference].input[1])
    guard let mean = producer(of: center, "ReduceMean"), nodes[mean].input.first == source,
      let (variance, epsilon) = summands(of: sum), let axis = axis(of: mean),
      axis == self.axis(of: variance),
      let square = squared(nodes[variance].input.first ?? ""), square.of == inputs[0]
    else { return nil }
    return Match(
      source: source, axis: axis, epsilon: epsilon,
      others: [difference, root, sum, mean, variance, square.by])
  }

  /// The mean of squares and what is added to it, in either order.
  private func summands(of sum: Int) -> (variance: Int, epsilon: Float)? {
    let inputs = nodes[sum].input
    guard inputs.count == 2 else { return nil }
    for (left, right) in [(inputs[0], inputs[1]), (inputs[1], inputs[0])] {
      if let variance = producer(of: left, "ReduceMean"), let epsilon = number(right) {
        return (variance, epsilon)
      }
    }
    return nil
  }

  /// What a value is the square of.
  private func squared(_ name: String) -> (of: String, by: Int)? {
    if let power = producer(of: name, "Pow"), number(nodes[power].input[1]) == 2 {
      return (nodes[power].input[0], power)
    }
    guard let product = producer(of: name, "Mul"),
      nodes[product].input[0] == nodes[product].input[1]
    else { return nil }
    return (nodes[product].input[0], product)
  }

  /// The one axis of a mean that keeps it.
  private func axis(of mean: Int) -> Int? {
    let node = nodes[mean]
    if let keeps = node.attribute.first(where: { $0.name == "keepdims" }), keeps.i == 0 {
      return nil
    }
    if let stated = node.attribute.first(where: { $0.name == "axes" }) {
      return stated.ints.count == 1 ? Int(stated.ints[0]) : nil
    }
    guard node.input.count == 2, let constant = decoded(node.input[1]),
      let axes = constant.integers, axes.count == 1
    else { return nil }
    return axes[0]
  }

  private func number(_ name: String) -> Float? {
    guard let constant = decoded(name), constant.count == 1 else { return nil }
    return constant.floats.map { $0[0] } ?? constant.integers.map { Float($0[0]) }
  }

  private func decoded(_ name: String) -> Constant? {
    guard let tensor = constants[name], tensor.dims.allSatisfy({ $0 == 1 }) else { return nil }
    var budget = MemoryBudget(fileSize: 64)
    return try? Constant(decoding: tensor, at: "", budget: &budget)
  }

  private func producer(of name: String, _ kind: String) -> Int? {
    guard let position = producers[name], nodes[position].opType == kind else { return nil }
    let isComplete =
      ["Sqrt", "ReduceMean"].contains(kind)
      ? !nodes[position].input.isEmpty : nodes[position].input.count == 2
    return isComplete ? position : nil
  }
}
