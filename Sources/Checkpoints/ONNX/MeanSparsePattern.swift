/// Finds Where(|x − mean| < bound, mean, x), and gives it one name.
///
/// Exporters write the mean of the second place as mean times ones of the shape of x.
struct MeanSparsePattern {
  /// The name, which no operator of ONNX has.
  static let operation = "robeval.MeanSparse"

  private let nodes: [WireNode]
  private var producers: [String: Int] = [:]

  /// Looks at nodes, which are left as they are.
  init(_ nodes: [WireNode]) {
    self.nodes = nodes
    for (position, node) in nodes.enumerated() {
      for name in node.output { producers[name] = position }
    }
  }

  /// The nodes with each pattern as one; what nobody reads any more does no harm.
  func rewritten() -> [WireNode] {
    var nodes = nodes
    var superfluous: Set<Int> = []
    for position in nodes.indices where nodes[position].opType == "Where" {
      guard let found = match(position) else { continue }
      nodes[position].opType = Self.operation
      nodes[position].input = [found.source, found.mean, found.bound]
      superfluous.formUnion(found.others)
    }
    let read = Set(
      nodes.indices.filter { !superfluous.contains($0) }.flatMap { nodes[$0].input })
    return nodes.indices.filter { position in
      !superfluous.contains(position) || nodes[position].output.contains(where: read.contains)
    }.map { nodes[$0] }
  }

  private struct Match {
    var source: String
    var mean: String
    var bound: String
    /// The comparison and what leads to it.
    var others: [Int]
  }

  private func match(_ position: Int) -> Match? {
    let inputs = nodes[position].input
    guard inputs.count == 3, let less = producer(of: inputs[0], "Less", inputs: 2),
      let distance = producer(of: nodes[less].input[0], "Abs", inputs: 1),
      let difference = producer(of: nodes[distance].input[0], "Sub", inputs: 2)
    else { return nil }
    let (source, mean) = (nodes[difference].input[0], nodes[difference].input[1])
    guard inputs[2] == source else { return nil }
    var others = [less, distance, difference]
    if inputs[1] != mean {
      guard let product = producer(of: inputs[1], "Mul", inputs: 2) else { return nil }
      let factors = nodes[product].input
      guard let ones = factors.first(where: { $0 != mean }), factors.contains(mean),
        producer(of: ones, "ConstantOfShape", inputs: 1) != nil
      else { return nil }
      others.append(product)
    }
    return Match(source: source, mean: mean, bound: nodes[less].input[1], others: others)
  }

  private func producer(of name: String, _ kind: String, inputs: Int) -> Int? {
    guard let position = producers[name], nodes[position].opType == kind,
      nodes[position].input.count == inputs
    else { return nil }
    return position
  }
}
