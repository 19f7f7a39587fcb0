import Graphs
import Tensors

/// Finds x · (1 + erf(x/√2)) / 2, as exporters write a GELU before opset 20, in any order of factors.
struct GELUPattern {
  private let nodes: [WireNode]
  private var producers: [String: Int] = [:]
  private var readers: [String: [Int]] = [:]
  private var scalars: [String: Float] = [:]

  /// Looks at a graph whose nodes are left as they are.
  init(_ graph: WireGraph) {
    nodes = graph.node
    for (position, node) in nodes.enumerated() {
      for name in node.output { producers[name] = position }
      for name in node.input { readers[name, default: []].append(position) }
      if node.opType == "Constant", let value = node.attribute.first(where: { $0.name == "value" })
      {
        scalars[node.output.first ?? ""] = Self.scalar(value.t)
      }
    }
    // What leaves the graph is read once more.
    for output in graph.output { readers[output.name, default: []].append(nodes.count) }
    for tensor in graph.initializer { scalars[tensor.name] = Self.scalar(tensor) }
  }

  /// The nodes with each pattern as one Gelu.
  func rewritten() -> [WireNode] {
    var nodes = nodes
    var superfluous: Set<Int> = []
    for position in nodes.indices where nodes[position].opType == "Erf" {
      guard let found = match(erf: position) else { continue }
      var gelu = WireNode()
      gelu.opType = "Gelu"
      gelu.name = nodes[found.last].name
      gelu.input = [found.source]
      gelu.output = nodes[found.last].output
      nodes[found.last] = gelu
      superfluous.formUnion(found.others)
    }
    return nodes.indices.filter { !superfluous.contains($0) }.map { nodes[$0] }
  }

  private struct Match {
    /// The name of x.
    var source: String
    /// The node that gives the result.
    var last: Int
    /// Nodes that nobody else reads.
    var others: [Int]
  }

  private func match(erf: Int) -> Match? {
    guard let scaled = nodes[erf].input.first, let source = halved(scaled),
      let sum = soleReader(of: erf, "Add"), partner(in: sum, of: erf).flatMap({ scalars[$0] }) == 1,
      let product = soleReader(of: sum, "Mul"), let factor = partner(in: product, of: sum)
    else { return nil }
    let others = [erf, sum] + unread(scaled, besides: erf)
    if let half = producers[factor], isHalf(half, of: source) {
      return Match(source: source, last: product, others: others + unread(factor, besides: product))
    }
    guard let last = soleReader(of: product, "Mul"), let rest = partner(in: last, of: product)
    else { return nil }
    let fits =
      factor == source && scalars[rest] == 0.5 || scalars[factor] == 0.5 && rest == source
    return fits ? Match(source: source, last: last, others: others + [product]) : nil
  }

  /// The x of x/√2.
  private func halved(_ name: String) -> String? {
    guard let position = producers[name], nodes[position].input.count == 2 else { return nil }
    let (left, right) = (nodes[position].input[0], nodes[position].input[1])
    func isNear(_ name: String, _ number: Float) -> Bool {
      scalars[name].map { abs($0 - number) <= 1e-4 } ?? false
    }
    switch nodes[position].opType {
    case "Div": return isNear(right, 1.41421356) ? left : nil
    case "Mul":
      if isNear(right, 0.70710678) { return left }
      return isNear(left, 0.70710678) ? right : nil
    default: return nil
    }
  }

  private func isHalf(_ position: Int, of source: String) -> Bool {
    let node = nodes[position]
    guard node.opType == "Mul", node.input.count == 2 else { return false }
    return node.input[0] == source && scalars[node.input[1]] == 0.5
      || node.input[1] == source && scalars[node.input[0]] == 0.5
  }

  /// The node of a kind that alone reads what a node gives.
  private func soleReader(of position: Int, _ kind: String) -> Int? {
    guard let name = nodes[position].output.first, let all = readers[name], all.count == 1,
      all[0] < nodes.count, nodes[all[0]].opType == kind
    else { return nil }
    return all[0]
  }

  /// What else a node with two inputs reads.
  private func partner(in position: Int, of other: Int) -> String? {
    let inputs = nodes[position].input
    guard inputs.count == 2, let name = nodes[other].output.first else { return nil }
    return inputs[0] == name ? inputs[1] : inputs[0]
  }

  /// The node that gives a value which only one other reads.
  private func unread(_ name: String, besides reader: Int) -> [Int] {
    guard let position = producers[name], readers[name] == [reader] else { return [] }
    return [position]
  }

  private static func scalar(_ tensor: WireTensor) -> Float? {
    guard tensor.dims.allSatisfy({ $0 == 1 }) else { return nil }
    var budget = MemoryBudget(fileSize: 64)
    let constant = try? Constant(decoding: tensor, at: "", budget: &budget)
    return constant?.floats.flatMap { $0.count == 1 ? $0[0] : nil }
  }
}
