internal import Execution
internal import Graphs
internal import Tensors

/// A graph's layers for one batch size, and what the last forward pass left for backward passes.
final class Tape {
  private let context: TorchContext
  private let graph: Graph
  private let layers: [Layer]
  private let readers: [[Int]]
  /// Whether gradients with respect to a node's output are wanted.
  private let wanted: [Bool]
  private let keeps: Bool
  private var kept: [Kept] = []

  /// Prepares layers.
  ///
  /// - Parameters:
  ///   - graph: what is computed.
  ///   - shapes: of all nodes.
  ///   - constants: of all nodes.
  ///   - batch: how many images.
  ///   - derivatives: what backward passes give.
  ///   - context: where it is computed.
  init(
    _ graph: Graph, shapes: [FeatureShape], constants: [NodeConstants], batch: Int,
    computing derivatives: Derivatives, on context: TorchContext
  ) {
    self.context = context
    self.graph = graph
    readers = graph.readers
    keeps = !derivatives.isEmpty
    layers = graph.nodes.indices.map { position in
      let node = graph.nodes[position]
      return Layer(
        context: context, operation: node.operation, inputs: node.inputs.map { shapes[$0] },
        output: shapes[position], constants: constants[position], batch: batch,
        isTrained: derivatives.contains(.parameters) && !node.operation.trainableNames.isEmpty)
    }
    var wanted = [derivatives.contains(.input)]
    for (position, node) in graph.nodes.enumerated().dropFirst() {
      wanted.append(layers[position].isTrained || node.inputs.contains { wanted[$0] })
    }
    self.wanted = wanted
  }

  /// Computes the last node's output.
  ///
  /// - Parameter images: in the type that the first layer takes.
  /// - Returns: the output, as activations are kept.
  /// - Throws: ``BackendError`` when the library fails.
  func forward(_ images: TorchTensor) throws(BackendError) -> TorchTensor {
    // What the last pass left makes room first.
    kept = []
    var next: [Kept] = [.nothing]
    var values: [TorchTensor?] = [images]
    var unread = readers.map(\.count)
    for (position, node) in graph.nodes.enumerated().dropFirst() {
      let inputs = node.inputs.map { source in
        guard let value = values[source] else {
          preconditionFailure("a value stays until its last reader")
        }
        return value
      }
      let (output, rest) = try layers[position].forward(
        inputs, keeps: keeps && (wanted[position] || node.inputs.contains { wanted[$0] }))
      values.append(output)
      next.append(rest)
      for source in node.inputs {
        unread[source] -= 1
        if unread[source] == 0 { values[source] = nil }
      }
    }
    kept = next
    guard let output = values.last ?? nil else { preconditionFailure("a graph has an output") }
    return output
  }

  /// Computes gradients at the last forward pass.
  ///
  /// - Parameters:
  ///   - cotangent: with respect to the output.
  ///   - take: given a trained node's position and the gradients of its parameters.
  /// - Returns: the gradient with respect to the image; nil where it is not wanted.
  /// - Throws: ``BackendError`` when the library fails.
  func backward(
    _ cotangent: TorchTensor,
    take: (Int, [TorchTensor]) throws(BackendError) -> Void = { (_, _) in }
  ) throws(BackendError) -> TorchTensor? {
    precondition(kept.count == graph.nodes.count, "a forward pass comes before")
    var slopes = [Cotangent?](repeating: nil, count: graph.nodes.count)
    slopes[graph.nodes.count - 1] = Cotangent(tensor: cotangent, isOwned: false)
    for position in graph.nodes.indices.dropFirst().reversed() {
      let node = graph.nodes[position]
      guard wanted[position], let slope = slopes[position] else { continue }
      slopes[position] = nil
      let gradients = try layers[position].backward(
        slope, kept: kept[position], wanted: node.inputs.map { wanted[$0] })
      if !gradients.parameters.isEmpty { try take(position, gradients.parameters) }
      for (source, gradient) in zip(node.inputs, gradients.inputs) where wanted[source] {
        guard let gradient else { continue }
        slopes[source] = try sum(slopes[source], gradient)
      }
    }
    return slopes[0]?.tensor
  }

  /// Forgets what the last forward pass left.
  func clear() { kept = [] }

  private func sum(_ known: Cotangent?, _ more: Cotangent) throws(BackendError) -> Cotangent {
    guard let known else { return more }
    return Cotangent(tensor: try context.sum(known.tensor, more.tensor), isOwned: true)
  }
}
