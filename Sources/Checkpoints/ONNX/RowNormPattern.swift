import Graphs
import Tensors

/// Finds x / max(‖x‖, ε), with the norm over some axes, and gives it one name.
struct RowNormPattern {
  /// The name, which no operator of ONNX has.
  static let operation = "robeval.RowNormalization"

  private let nodes: [WireNode]
  private var producers: [String: Int] = [:]

  /// Looks at nodes, which are left as they are.
  init(_ nodes: [WireNode]) {
    self.nodes = nodes
    for (position, node) in nodes.enumerated() {
      for name in node.output { producers[name] = position }
    }
  }

  /// The nodes with each pattern as one, without what nobody reads any more.
  func rewritten() -> [WireNode] {
    var nodes = nodes
    var superfluous: Set<Int> = []
    for position in nodes.indices where nodes[position].opType == "Div" {
      guard let found = match(position) else { continue }
      let norm = self.nodes[found.norm]
      nodes[position].opType = Self.operation
      nodes[position].attribute = norm.attribute
      nodes[position].input = [norm.input[0], found.bound] + norm.input.dropFirst()
      superfluous.formUnion(found.others)
    }
    let read = Set(
      nodes.indices.filter { !superfluous.contains($0) }.flatMap { nodes[$0].input })
    return nodes.indices.filter { position in
      !superfluous.contains(position) || nodes[position].output.contains(where: read.contains)
    }.map { nodes[$0] }
  }

  private struct Match {
    var norm: Int
    var bound: String
    /// What leads to the quotient.
    var others: [Int]
  }

  private func match(_ position: Int) -> Match? {
    let inputs = nodes[position].input
    guard inputs.count == 2, var clip = producers[inputs[1]] else { return nil }
    var others: [Int] = []
    if nodes[clip].opType == "Expand", let source = nodes[clip].input.first,
      let before = producers[source]
    {
      others.append(clip)
      clip = before
    }
    guard nodes[clip].opType == "Clip", nodes[clip].input.count >= 2,
      nodes[clip].input.dropFirst(2).allSatisfy(\.isEmpty),
      let norm = producers[nodes[clip].input[0]], nodes[norm].opType == "ReduceL2",
      nodes[norm].input.first == inputs[0]
    else { return nil }
    return Match(norm: norm, bound: nodes[clip].input[1], others: others + [clip, norm])
  }
}

extension GraphImporter {
  /// Imports what ``RowNormPattern`` finds, over all positions of each channel.
  mutating func addRowNormalization(_ node: ONNXNode) throws(ONNXError) {
    var input = try anyActivation(0, of: node)
    guard let bound = try constant(1, of: node)?.floats, bound.count == 1,
      let stated = try integers("axes", orInput: 2, of: node)
    else { throw node.error("it has no axes or no smallest norm") }
    let axes = try node.axes(stated, rank: extents(of: input).count)
    let own = axes.compactMap { viewAxis($0, of: input) }
    let runs = own.sorted().flatMap { input.view.axes[$0] }
    let all = [ActivationView.Run(extent: shapes[input.node].area, stride: 1)]
    try node.expect(
      own.count == axes.count && ActivationView.merged(runs) == ActivationView.merged(all),
      "it divides by norms over axes \(axes); only all positions of a channel are supported")
    input.node = try append(
      .rowNormalization(RowNormalization(epsilon: Double(bound[0]))), reading: input.node, for: node
    )
    try bind(.activation(input), to: node)
  }
}
