import Graphs
import Tensors

extension GraphImporter {
  /// Imports what ``LayerNormPattern`` finds: a layer normalisation without scale and shift.
  mutating func addBareLayerNormalization(_ node: ONNXNode) throws(ONNXError) {
    var input = try activation(0, of: node)
    let axis = try node.axis(try node.integer("axis") ?? -1, rank: input.view.axes.count + 1)
    let channels = try channels(ofAxis: axis, input, for: node)
    try budget.charge(channels, of: 8, at: node.place)
    let ones = Constant(Tensor(shape: [channels], repeating: 1))
    let zeros = Constant(Tensor(shape: [channels], repeating: 0))
    let norm = LayerNormalization(
      weight: try store(ones, kind: "weight", for: node),
      bias: try store(zeros, kind: "bias", for: node),
      epsilon: Double(try node.float("epsilon") ?? 0))
    input.node = try append(.layerNormalization(norm), reading: input.node, for: node)
    try bind(.activation(input), to: node)
  }

  /// Imports a layer normalisation over the last axis, which must be the channels.
  mutating func addLayerNormalization(_ node: ONNXNode) throws(ONNXError) {
    var input = try anyActivation(0, of: node)
    if extents(of: input).count == 2, input.batchAxis == 0 {
      input = try vector(input, at: node.place)
    }
    let rank = extents(of: input).count
    let axis = try node.axis(try node.integer("axis") ?? -1, rank: rank)
    try node.expect(
      axis == rank - 1, "it runs over the axes from \(axis) on; only the last one is supported")
    try node.expect(
      node.outputs.dropFirst().allSatisfy(\.isEmpty), "mean and deviation are no outputs here")
    guard let own = viewAxis(axis, of: input) else { throw node.error("it runs over the batch") }
    input = try withChannels(own, input, for: node)
    let channels = shapes[input.node].channels
    let epsilon = try node.float("epsilon") ?? 1e-5
    try node.expect(epsilon.isFinite && epsilon >= 0, "epsilon is \(epsilon)")
    let weight = try perPosition(1, "scale", of: node, count: channels, usual: 1)
    let bias = try perPosition(2, "bias", of: node, count: channels, usual: 0)
    input.node = try append(
      .layerNormalization(
        LayerNormalization(weight: weight, bias: bias, epsilon: Double(epsilon))),
      reading: input.node, for: node)
    try bind(.activation(input), to: node)
  }

  /// Stores an input with one number a channel; where there is none, or one for all, the same for each.
  private mutating func perPosition(
    _ position: Int, _ kind: String, of node: ONNXNode, count: Int, usual: Float
  ) throws(ONNXError) -> String {
    guard let constant = try constant(position, of: node) else {
      try budget.charge(count, of: 4, at: node.place)
      return try store(
        Constant(Tensor(shape: [count], repeating: usual)), kind: kind, for: node)
    }
    guard let tensor = constant.floats, tensor.count == count, constant.shape.last == count else {
      throw node.error("its \(kind) is \(constant.shape.crossed); it must be \(count)")
    }
    return try store(
      Constant(tensor.reshaped([count]), name: constant.name), kind: kind, for: node)
  }

  /// Imports means in place of values near them, as ``MeanSparsePattern`` finds it.
  mutating func addMeanSparse(_ node: ONNXNode) throws(ONNXError) {
    var input = try activation(0, of: node)
    if input.view.axes.count == 1 { input = try vector(input, at: node.place) }
    guard let mean = try constant(1, of: node), let bound = try constant(2, of: node) else {
      throw node.error("its means and bounds are missing")
    }
    let (source, means) = try perChannel(mean, over: input, for: node)
    let (other, bounds) = try perChannel(bound, over: input, for: node)
    try node.expect(source == other, "its means and its bounds do not belong to the same channels")
    // The root of a square is the number.
    let sparse = MeanSparse(
      mean: try store(means.constant, kind: "mean", for: node),
      variance: try store(
        bounds.mapped { $0 * $0 }.constant, kind: "variance", for: node),
      threshold: try store(Constant(Tensor(shape: [], elements: [1])), kind: "threshold", for: node)
    )
    let result = try append(.meanSparse(sparse), reading: source.node, for: node)
    try bind(.activation(Activation(node: result, view: source.view)), to: node)
  }
}
