import Tensors

extension Model {
  /// The model with every batch normalisation as a scale and shift from its running statistics.
  ///
  /// Factors are computed in double precision: γ/√(σ² + ε) and β − μ·γ/√(σ² + ε).
  ///
  /// - Returns: a model of equal function without batch normalisations. O(parameters).
  public func freezingBatchNorm() -> Model {
    var result = self
    for position in graph.nodes.indices {
      guard case .batchNormalization(let norm) = graph.nodes[position].operation,
        let weight = parameters[norm.weight], let bias = parameters[norm.bias],
        let mean = parameters[norm.mean], let variance = parameters[norm.variance]
      else { continue }
      var scale = Tensor(shape: weight.shape)
      var shift = Tensor(shape: weight.shape)
      for channel in 0..<weight.count {
        let factor =
          Double(weight[channel]) / (Double(variance[channel]) + norm.epsilon).squareRoot()
        scale[channel] = Float(factor)
        shift[channel] = Float(Double(bias[channel]) - Double(mean[channel]) * factor)
      }
      let name = graph.nodes[position].name
      let affine = ChannelAffine(scale: name + "#scale", shift: name + "#shift")
      result.parameters[affine.scale] = scale
      result.parameters[name + "#shift"] = shift
      result.graph.nodes[position].operation = .channelAffine(affine)
    }
    return result.droppingUnusedParameters()
  }

  /// The frozen model with every scale and shift that follows a convolution folded into it.
  ///
  /// Rounding differs from the unfolded model in the last digits.
  ///
  /// - Returns: a model of nearly equal function. O(parameters).
  public func foldingBatchNorm() -> Model {
    var result = freezingBatchNorm()
    let readers = result.graph.readers
    var uses: [String: Int] = [:]
    for node in result.graph.nodes {
      for name in node.operation.parameterNames { uses[name, default: 0] += 1 }
    }
    for position in result.graph.nodes.indices {
      guard case .channelAffine(let affine) = result.graph.nodes[position].operation,
        let producer = result.graph.nodes[position].inputs.first, readers[producer].count == 1,
        case .convolution(var convolution) = result.graph.nodes[producer].operation,
        uses[convolution.weight] == 1,
        let scale = result.parameters[affine.scale],
        let weight = result.parameters[convolution.weight]
      else { continue }
      let shift = affine.shift.flatMap { result.parameters[$0] }
      let bias = convolution.bias.flatMap { result.parameters[$0] }
      let name = convolution.weight + "#folded"
      convolution.weight = name
      convolution.bias = name + "#bias"
      result.parameters[name] = weight.scalingRows(by: scale)
      result.parameters[name + "#bias"] = Tensor(
        shape: scale.shape,
        elements: (0..<scale.count).map { channel in
          Float(
            Double(shift.map { $0[channel] } ?? 0)
              + Double(scale[channel]) * Double(bias.map { $0[channel] } ?? 0))
        })
      result.graph.nodes[producer].operation = .convolution(convolution)
      result.graph.bypass(position)
    }
    return result.droppingUnreadNodes().droppingUnusedParameters()
  }

  /// The model with every linear layer as a convolution.
  ///
  /// A flattening in front becomes part of it: the kernel covers the whole image. Convolutions give
  /// an image the same bits in every batch; matrix products do not.
  ///
  /// - Returns: a model of equal function without linear layers. O(parameters).
  /// - Throws: ``GraphError`` when shapes do not fit.
  public func convertingLinearToConvolution() throws(GraphError) -> Model {
    let shapes = try self.shapes()
    var result = self
    for (position, node) in graph.nodes.enumerated() {
      guard case .linear(let linear) = node.operation, let input = node.inputs.first,
        let weight = parameters[linear.weight]
      else { continue }
      let name = linear.kernelName
      // Of an image, each position's channels are a vector.
      var extent = FeatureShape(channels: shapes[input].channels)
      if graph.nodes[input].operation == .flatten, let before = graph.nodes[input].inputs.first {
        extent = shapes[before]
        result.graph.nodes[position].inputs = [before]
      }
      result.parameters[name] = weight.reshaped(
        [weight.shape[0], extent.channels, extent.height, extent.width])
      result.graph.nodes[position].operation = .convolution(
        Convolution(weight: name, bias: linear.bias))
    }
    return result.droppingUnreadNodes().droppingUnusedParameters()
  }

  /// The model without parameters that no node reads.
  ///
  /// - Returns: the smaller model.
  public func droppingUnusedParameters() -> Model {
    let used = Set(graph.nodes.flatMap(\.operation.parameterNames))
    return Model(graph: graph, parameters: parameters.filter { used.contains($0.key) })
  }

  /// The model without nodes that nothing reads, the last node excepted.
  ///
  /// - Returns: the smaller model.
  public func droppingUnreadNodes() -> Model {
    var needed = Set([0, graph.nodes.count - 1])
    for position in graph.nodes.indices.reversed() where needed.contains(position) {
      needed.formUnion(graph.nodes[position].inputs)
    }
    var moved: [Int: Int] = [:]
    var nodes: [Graph.Node] = []
    for position in graph.nodes.indices where needed.contains(position) {
      moved[position] = nodes.count
      var node = graph.nodes[position]
      node.inputs = node.inputs.compactMap { moved[$0] }
      nodes.append(node)
    }
    return Model(graph: Graph(input: graph.input, nodes: nodes), parameters: parameters)
  }
}

extension Linear {
  /// What ``Model/convertingLinearToConvolution()`` calls the weight, whose values keep their order.
  public var kernelName: String { weight + "#kernel" }
}

extension Graph {
  /// Makes every reader of a node read that node's input instead.
  ///
  /// Where the node is the last, it takes over the operation of its input.
  mutating func bypass(_ position: Int) {
    guard let source = nodes[position].inputs.first else { return }
    if position == nodes.count - 1 {
      nodes[position] = nodes[source]
      return
    }
    for reader in nodes.indices {
      nodes[reader].inputs = nodes[reader].inputs.map { $0 == position ? source : $0 }
    }
  }
}

extension Tensor {
  /// Each slice along the first axis times its own factor, multiplied in double precision.
  func scalingRows(by factors: Tensor) -> Tensor {
    var result = self
    let row = max(count / max(factors.count, 1), 1)
    result.withUnsafeMutableElements { elements in
      for (number, start) in stride(from: 0, to: elements.count, by: row).enumerated() {
        let factor = Double(factors[number])
        for position in start..<start + row {
          elements[position] = Float(Double(elements[position]) * factor)
        }
      }
    }
    return result
  }
}
