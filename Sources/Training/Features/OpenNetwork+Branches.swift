internal import Graphs
internal import Tensors

extension OpenNetwork {
  /// Writes fresh copies of the stages behind a tap, and a classifier.
  ///
  /// Behind the last stage that is one more of its kind, in unit steps and of its width.
  ///
  /// - Parameters:
  ///   - number: of the tap.
  ///   - input: what the tap gives.
  ///   - outputs: of the classifier.
  ///   - name: what names of its parameters begin with.
  ///   - builder: writes it.
  /// - Returns: the classifier's logits.
  /// - Throws: ``TrainingError`` where the network is not a residual one.
  func branch(
    behind number: Int, from input: Value, outputs: Int, _ name: String,
    in builder: inout GraphBuilder
  ) throws(TrainingError) -> Value {
    let last = try stages().upperBound
    let isMore = number == last
    let start = try tap(isMore ? last - 1 : number).node
    let end = try pooled().node
    var copies = [start: input]
    for position in start + 1..<end {
      let node = self.builder.built.nodes[position]
      guard let first = node.inputs.first, let x = copies[first] else { continue }
      let layer = "\(name).\(node.name)"
      switch node.operation {
      case .convolution(let convolution) where convolution.groups == 1:
        let shape = parameters[convolution.weight]?.shape ?? []
        if isMore && shape[2] == 1 && convolution.stride.height > 1 {
          // Shapes agree now, and the input passes unchanged.
          copies[position] = input
          continue
        }
        copies[position] = builder.convolution(
          x, layer, channels: shape[0], kernel: shape[2],
          stride: isMore ? 1 : convolution.stride.height, padding: convolution.padding,
          bias: convolution.bias == nil ? .absent : .present)
      case .batchNormalization where x.node == input.node && first != start: copies[position] = x
      case .batchNormalization(let norm):
        copies[position] = builder.batchNorm(x, layer, epsilon: norm.epsilon)
      case .relu: copies[position] = builder.relu(x, layer)
      case .add:
        guard let other = copies[node.inputs[1]] else { continue }
        copies[position] = builder.add(x, other, layer)
      case .globalAveragePool: copies[position] = builder.globalAveragePool(x, layer)
      default:
        throw TrainingError(
          place: title,
          problem: "has \(node.name) behind its feat\(number), which no branch copies; name a "
            + "residual network")
      }
    }
    let final = self.builder.built.nodes[end].inputs[0]
    guard let map = copies[final] else {
      throw TrainingError(
        place: title, problem: "has no pooling behind its stages; name a residual network")
    }
    return builder.linear(
      builder.globalAveragePool(map, name + ".pooled"), name + ".fc", outputs: outputs)
  }
}
