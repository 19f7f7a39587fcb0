public import Graphs
import Tensors

extension OperationCase {
  /// The network with taps at nodes drawn by lot, about every third, at least one.
  ///
  /// - Returns: a network whose output row is the logits and what the tapped nodes give, and the
  ///   parts of that row.
  /// - Throws: `GraphError` where a shape does not fit.
  public func tapped() throws(GraphError) -> (operation: OperationCase, parts: [Range<Int>]) {
    var random = RandomStream(seed: 10).forked(description)
    var named = model
    for position in named.graph.nodes.indices {
      named.graph.nodes[position].name += "@\(position)"
    }
    var names = named.graph.nodes.map(\.name).filter { _ in random.below(3) == 0 }
    if names.isEmpty { names = [named.graph.nodes[named.graph.nodes.count / 2].name] }
    let tapped = try TappedModel(named, at: names)
    return (
      OperationCase(
        description: "\(description) tapped at \(names.joined(separator: " "))",
        model: tapped.model), [0..<tapped.classes] + tapped.taps.map(\.places)
    )
  }
}
