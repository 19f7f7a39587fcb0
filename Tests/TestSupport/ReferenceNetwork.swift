public import Graphs
public import Tensors

/// A network computed in double precision by plain loops: what backends are compared with.
///
/// Nothing is rewritten, fused or reordered; each operation is its definition. Rectifiers have
/// derivative 0 at 0, and a maximum passes its cotangent to the first of equal values.
public struct ReferenceNetwork {
  let model: Model
  /// The output shape of every node.
  public let shapes: [FeatureShape]
  /// The parameters by name, row-major.
  public var parameters: [String: [Double]]

  /// Prepares a network.
  ///
  /// - Parameter model: the network.
  /// - Throws: `GraphError` when its shapes do not fit.
  public init(_ model: Model) throws(GraphError) {
    self.model = model
    shapes = try model.shapes()
    parameters = model.parameters.mapValues { $0.elements.map { Double($0) } }
  }

  /// The logits at an image.
  ///
  /// - Parameter image: of the network's input shape.
  /// - Returns: one logit per class.
  public func logits(_ image: Image) -> [Double] { logits(image.pixels.map { Double($0) }) }

  /// The logits at an image whose pixels are given in double precision.
  ///
  /// - Parameter pixels: channel by channel, row by row.
  /// - Returns: one logit per class.
  public func logits(_ pixels: [Double]) -> [Double] { activations(pixels).last ?? [] }

  /// The outputs of all nodes.
  ///
  /// - Parameter pixels: channel by channel, row by row.
  /// - Returns: one array a node, channel by channel, row by row.
  public func activations(_ pixels: [Double]) -> [[Double]] {
    precondition(pixels.count == model.graph.input.count, "an image has the network's input shape")
    var values: [[Double]] = []
    for (position, node) in model.graph.nodes.enumerated() {
      let inputs = node.inputs.map { values[$0] }
      values.append(
        node.operation == .input
          ? pixels : step(position).forward(inputs))
    }
    return values
  }

  /// The gradient of Σ cotangent · logits with respect to the pixels.
  ///
  /// - Parameters:
  ///   - image: of the network's input shape.
  ///   - cotangent: one number per class.
  /// - Returns: channel by channel, row by row, per unit of pixel value.
  public func inputGradient(_ image: Image, cotangent: [Double]) -> [Double] {
    inputGradient(image.pixels.map { Double($0) }, cotangent: cotangent)
  }

  /// The gradient of Σ cotangent · logits with respect to pixels in double precision.
  ///
  /// - Parameters:
  ///   - pixels: channel by channel, row by row.
  ///   - cotangent: one number per class.
  /// - Returns: channel by channel, row by row, per unit of pixel value.
  public func inputGradient(_ pixels: [Double], cotangent: [Double]) -> [Double] {
    let values = activations(pixels)
    var gradients = shapes.map { [Double](repeating: 0, count: $0.count) }
    precondition(cotangent.count == gradients.last?.count, "a cotangent has a number per class")
    gradients[gradients.count - 1] = cotangent
    for (position, node) in model.graph.nodes.enumerated().reversed()
    where node.operation != .input {
      let parts = step(position).backward(
        gradients[position], inputs: node.inputs.map { values[$0] })
      for (input, part) in zip(node.inputs, parts) {
        for index in part.indices { gradients[input][index] += part[index] }
      }
    }
    return gradients[0]
  }

  func step(_ position: Int) -> ReferenceStep {
    let node = model.graph.nodes[position]
    return ReferenceStep(
      operation: node.operation, inputs: node.inputs.map { shapes[$0] }, output: shapes[position],
      kernels: model.parameters.mapValues(\.shape), parameters: parameters)
  }
}
