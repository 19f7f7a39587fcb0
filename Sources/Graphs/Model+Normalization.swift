import Tensors

extension Model {
  /// The model that takes raw pixels and normalises them itself.
  ///
  /// If the first thing done to the image is already a normalisation, its constants are replaced:
  /// pixels are never normalised twice.
  ///
  /// - Parameter constants: one mean and one deviation per channel.
  /// - Returns: a model of the same parameters.
  public func normalizingInput(_ constants: Normalization) -> Model {
    var model = self
    let first = graph.nodes.indices.filter { graph.nodes[$0].inputs.contains(0) }
    if let position = first.first, first.count == 1,
      case .normalize = graph.nodes[position].operation
    {
      model.graph.nodes[position].operation = .normalize(constants)
      return model
    }
    guard !graph.nodes.isEmpty else { return self }
    for position in model.graph.nodes.indices {
      model.graph.nodes[position].inputs = graph.nodes[position].inputs.map { $0 + 1 }
    }
    let node = Graph.Node(name: "normalize", operation: .normalize(constants), inputs: [0])
    model.graph.nodes.insert(node, at: 1)
    return model
  }

  /// The model for pixels in [0, 1] that were counted in larger units, for instance from 0 to 255.
  ///
  /// A normalisation that comes first takes up the factor.
  ///
  /// - Parameter largest: what a pixel of 1 was before, positive.
  /// - Returns: a model of the same parameters.
  public func rescalingInput(from largest: Float) -> Model {
    precondition(largest > 0 && largest.isFinite, "the largest pixel is a positive number")
    let present = inputNormalization
    let zeros = [Float](repeating: 0, count: graph.input.channels)
    let ones = [Float](repeating: 1, count: graph.input.channels)
    func scaled(_ values: [Float]) -> [Float] {
      values.map { Float(Double($0) / Double(largest)) }
    }
    return normalizingInput(
      Normalization(
        mean: scaled(present?.mean ?? zeros), deviation: scaled(present?.deviation ?? ones)))
  }

  /// The constants with which the image is normalised before anything else, if it is.
  public var inputNormalization: Normalization? { graph.inputNormalization }
}
