public import Tensors

extension Convolution {
  /// The side of the blocks that the kernels take one after the other, each pixel once.
  ///
  /// - Parameters:
  ///   - weight: the shape of the kernels.
  ///   - input: what they are applied to.
  /// - Returns: nil where kernels overlap, leave pixels out, or are not square and dense.
  public func patch(of weight: [Int], on input: FeatureShape) -> Int? {
    guard weight.count == 4, groups == 1, padding == .none, weight[2] > 1, weight[2] == weight[3],
      stride == Size(weight[2]), input.height % weight[2] == 0, input.width % weight[2] == 0
    else { return nil }
    return weight[2]
  }
}

extension Model {
  /// The model with convolutions of blocks as rearrangements of pixels into channels, and
  /// convolutions of one pixel.
  ///
  /// - Parameter positions: the nodes; those that are no convolutions of blocks stay.
  /// - Returns: a model of equal function. O(parameters).
  /// - Throws: ``GraphError`` when shapes do not fit.
  public func convertingPatches(at positions: Set<Int>) throws(GraphError) -> Model {
    let shapes = try self.shapes()
    var result = Model(graph: Graph(input: graph.input, nodes: []), parameters: parameters)
    var moved: [Int] = []
    for (position, node) in graph.nodes.enumerated() {
      var node = node
      if positions.contains(position), case .convolution(let convolution) = node.operation,
        let weight = parameters[convolution.weight],
        let block = convolution.patch(of: weight.shape, on: shapes[node.inputs[0]])
      {
        let name = convolution.weight + "#patches"
        result.parameters[name] = weight.withBlocksAsChannels
        result.graph.nodes.append(
          Graph.Node(
            name: node.name + "#patches",
            operation: .rearrange(.spaceToDepth(block: block, order: .rows)),
            inputs: node.inputs.map { moved[$0] }))
        node.inputs = [result.graph.nodes.count - 1]
        node.operation = .convolution(Convolution(weight: name, bias: convolution.bias))
      } else {
        node.inputs = node.inputs.map { moved[$0] }
      }
      moved.append(result.graph.nodes.count)
      result.graph.nodes.append(node)
    }
    return result.droppingUnusedParameters()
  }
}

extension Tensor {
  /// Kernels `[outputs, inputs, height, width]` as `[outputs, height · width · inputs, 1, 1]`.
  fileprivate var withBlocksAsChannels: Tensor {
    let (inputs, area) = (shape[1], shape[2] * shape[3])
    var result = Tensor(shape: [shape[0], inputs * area, 1, 1])
    result.withUnsafeMutableElements { target in
      withUnsafeElements { source in
        for position in source.indices {
          let (kernel, place) = position.quotientAndRemainder(dividingBy: inputs * area)
          target[kernel * inputs * area + place % area * inputs + place / area] = source[position]
        }
      }
    }
    return result
  }
}
