public import Tensors

extension Graph {
  /// No activation may have more values than this for one image.
  static let largestActivation = 1 << 28

  /// The output shape of every node.
  ///
  /// - Parameter parameters: the shapes of the parameters by name.
  /// - Returns: one shape a node.
  /// - Throws: ``GraphError`` at the first node whose inputs or parameters do not fit.
  public func shapes(parameters: [String: [Int]]) throws(GraphError) -> [FeatureShape] {
    guard let first = nodes.first, first.operation == .input, first.inputs.isEmpty else {
      throw GraphError(place: "graph", problem: "the first node must be the input")
    }
    var shapes: [FeatureShape] = []
    for (position, node) in nodes.enumerated() {
      guard node.inputs.allSatisfy({ (0..<position).contains($0) }) else {
        throw GraphError(place: node.name, problem: "an input is not an earlier node")
      }
      let inference = ShapeInference(
        node: node, inputs: node.inputs.map { shapes[$0] }, image: input, parameters: parameters)
      let shape = try inference.shape()
      guard let count = shape.checkedCount, count > 0, count <= Self.largestActivation else {
        throw GraphError(
          place: node.name, problem: "its output \(shape) is empty or larger than 2²⁸ values")
      }
      shapes.append(shape)
    }
    return shapes
  }
}

extension Graph {
  /// Refuses batches in which a channel of a batch normalisation has one value, hence no variance.
  ///
  /// - Parameters:
  ///   - batch: the number of images.
  ///   - shapes: of all nodes.
  /// - Throws: ``GraphError`` at the first such normalisation.
  public func requireVariance(batch: Int, shapes: [FeatureShape]) throws(GraphError) {
    for (position, node) in nodes.enumerated() {
      guard case .batchNormalization = node.operation, batch * shapes[position].area < 2
      else { continue }
      throw GraphError(
        place: node.name,
        problem: "a batch of \(batch) gives each channel a single value; train with at least 2")
    }
  }
}

extension Model {
  /// The output shape of every node, checked against the parameters.
  ///
  /// - Returns: one shape a node.
  /// - Throws: ``GraphError`` at the first node whose inputs or parameters do not fit.
  public func shapes() throws(GraphError) -> [FeatureShape] {
    try graph.shapes(parameters: parameters.mapValues(\.shape))
  }

  /// The number of classes, once shapes are known to fit.
  ///
  /// - Returns: the length of the logit vector.
  /// - Throws: ``GraphError`` when shapes do not fit or the output is not a vector.
  public func classes() throws(GraphError) -> Int {
    guard let output = try shapes().last, output.area == 1 else {
      throw GraphError(place: graph.nodes.last?.name ?? "graph", problem: "the output is no vector")
    }
    return output.channels
  }
}

extension FeatureShape {
  var checkedCount: Int? {
    guard channels >= 0, height >= 0, width >= 0 else { return nil }
    let (area, tall) = height.multipliedReportingOverflow(by: width)
    let (count, wide) = area.multipliedReportingOverflow(by: channels)
    return tall || wide ? nil : count
  }
}

/// The rules of one node's shape.
struct ShapeInference {
  var node: Graph.Node
  var inputs: [FeatureShape]
  var image: FeatureShape
  var parameters: [String: [Int]]

  func shape() throws(GraphError) -> FeatureShape {
    switch node.operation {
    case .input: return image
    case .convolution(let convolution): return try self.convolution(convolution)
    case .batchNormalization, .channelAffine, .layerNormalization:
      return try perChannelParameters()
    case .meanSparse(let sparse):
      let shape = try single()
      for name in [sparse.mean, sparse.variance] { try vector(name, count: shape.channels) }
      _ = try parameter(sparse.threshold, rank: 0)
      return shape
    case .relu, .silu: return try single()
    case .elementwise(let function):
      if let problem = function.problem { throw GraphError(place: node.name, problem: problem) }
      return try single()
    case .add:
      let (left, right) = try pair()
      try expect(left == right, "it adds \(left) and \(right)")
      return left
    case .multiply:
      let (left, right) = try pair()
      try expect(
        left == right || right == FeatureShape(channels: left.channels),
        "it multiplies \(left) and \(right); the second must be alike or a value a channel")
      return left
    case .maxPool(let pooling), .averagePool(let pooling):
      return try windows(
        over: try single(), kernel: pooling.kernel, stride: pooling.stride,
        padding: pooling.padding)
    case .globalAveragePool: return FeatureShape(channels: try single().channels)
    case .flatten: return FeatureShape(channels: try single().count)
    case .linear(let linear): return try self.linear(linear)
    case .normalize(let constants):
      let shape = try single()
      try expect(
        constants.mean.count == shape.channels && constants.deviation.count == shape.channels,
        "it has \(constants.mean.count) means and \(constants.deviation.count) deviations for "
          + "\(shape.channels) channels")
      try expect(
        constants.deviation.allSatisfy { $0 != 0 && $0.isFinite }
          && constants.mean.allSatisfy(\.isFinite), "a constant is not finite or divides by zero")
      return shape
    case .concatenate: return try concatenation()
    case .channelShuffle(let groups):
      let shape = try single()
      try expect(
        groups > 0 && shape.channels % groups == 0,
        "\(shape.channels) channels do not fall into \(groups) groups")
      return shape
    case .channelSlice(let range):
      let shape = try single()
      try expect(
        range.lowerBound >= 0 && range.upperBound <= shape.channels && !range.isEmpty,
        "channels \(range) are not among \(shape.channels)")
      return FeatureShape(channels: range.count, height: shape.height, width: shape.width)
    case .pad(let padding): return try padded(padding)
    case .attention(let attention): return try self.attention(attention)
    case .table(let table):
      try expect(inputs.isEmpty, "it has \(inputs.count) inputs; a table has none")
      guard let shape = parameters[table.parameter] else {
        throw GraphError(
          place: node.name, problem: "the parameter \(table.parameter) is missing")
      }
      try expect(
        table.shape.checkedCount == shape.reduce(1, *),
        "\(table.parameter) is \(shape.crossed); it must hold the values of \(table.shape)")
      return table.shape
    case .rowNormalization(let norm):
      let shape = try single()
      try expect(
        norm.heads > 0 && shape.channels % norm.heads == 0,
        "\(shape.channels) channels do not fall into \(norm.heads) heads")
      try expect(
        norm.epsilon.isFinite && norm.epsilon > 0, "its epsilon \(norm.epsilon) is no small number")
      if let name = norm.temperature {
        guard let extents = parameters[name] else {
          throw GraphError(place: node.name, problem: "the parameter \(name) is missing")
        }
        try expect(
          extents.reduce(1, *) == norm.heads,
          "\(name) is \(extents.crossed); it must hold \(norm.heads) values")
      }
      return shape
    case .positionEncoding(let encoding):
      try expect(inputs.isEmpty, "it has \(inputs.count) inputs; an encoding has none")
      try expect(
        encoding.shape.channels % 4 == 0,
        "\(encoding.shape.channels) channels do not encode rows and columns")
      return encoding.shape
    case .rearrange(let rearrangement):
      guard let shape = rearrangement.shape(of: inputs) else {
        let shapes = inputs.map { "\($0)" }.joined(separator: " and ")
        throw GraphError(
          place: node.name, problem: "\(shapes) cannot be rearranged by \(rearrangement)")
      }
      return shape
    }
  }

  func expect(_ condition: Bool, _ problem: @autoclosure () -> String) throws(GraphError) {
    if !condition { throw GraphError(place: node.name, problem: problem()) }
  }

  private func single() throws(GraphError) -> FeatureShape {
    try expect(inputs.count == 1, "it has \(inputs.count) inputs; it needs 1")
    return inputs[0]
  }

  private func pair() throws(GraphError) -> (FeatureShape, FeatureShape) {
    try expect(inputs.count == 2, "it has \(inputs.count) inputs; it needs 2")
    return (inputs[0], inputs[1])
  }

  private func parameter(_ name: String, rank: Int) throws(GraphError) -> [Int] {
    guard let shape = parameters[name] else {
      throw GraphError(place: node.name, problem: "the parameter \(name) is missing")
    }
    try expect(
      shape.count == rank && shape.allSatisfy { $0 > 0 },
      "\(name) is \(shape.crossed); it must have \(rank) extents")
    return shape
  }

  private func vector(_ name: String, count: Int) throws(GraphError) {
    let shape = try parameter(name, rank: 1)
    try expect(shape == [count], "\(name) is \(shape.crossed); it must be \(count)")
  }

  private func perChannelParameters() throws(GraphError) -> FeatureShape {
    let shape = try single()
    for name in node.operation.parameterNames { try vector(name, count: shape.channels) }
    return shape
  }

  private func convolution(_ convolution: Convolution) throws(GraphError) -> FeatureShape {
    let shape = try single()
    let weight = try parameter(convolution.weight, rank: 4)
    let groups = convolution.groups
    try expect(
      groups > 0 && shape.channels % groups == 0 && weight[0] % groups == 0,
      "\(shape.channels) inputs and \(weight[0]) outputs do not fall into \(groups) groups")
    let inputs = shape.channels / groups
    try expect(
      weight[1] == inputs,
      "\(convolution.weight) is \(weight.crossed); the graph needs "
        + "\([weight[0], inputs, weight[2], weight[3]].crossed)")
    if let bias = convolution.bias { try vector(bias, count: weight[0]) }
    var result = try windows(
      over: shape, kernel: Size(height: weight[2], width: weight[3]), stride: convolution.stride,
      padding: convolution.padding)
    result.channels = weight[0]
    return result
  }

  private func linear(_ linear: Linear) throws(GraphError) -> FeatureShape {
    var shape = try single()
    let weight = try parameter(linear.weight, rank: 2)
    try expect(
      weight[1] == shape.channels,
      "\(linear.weight) is \(weight.crossed); the graph needs "
        + "\([weight[0], shape.channels].crossed)")
    if let bias = linear.bias { try vector(bias, count: weight[0]) }
    shape.channels = weight[0]
    return shape
  }

  private func concatenation() throws(GraphError) -> FeatureShape {
    guard var result = inputs.first else {
      throw GraphError(place: node.name, problem: "it concatenates nothing")
    }
    for next in inputs.dropFirst() {
      try expect(
        next.height == result.height && next.width == result.width,
        "it concatenates \(result) and \(next)")
      result.channels += next.channels
    }
    return result
  }

  private func padded(_ padding: ConstantPadding) throws(GraphError) -> FeatureShape {
    let shape = try single()
    let limits = 0...4096
    let spatial = padding.spatial
    try expect(
      [
        padding.channelsBefore, padding.channelsAfter, spatial.top, spatial.left, spatial.bottom,
        spatial.right,
      ].allSatisfy(limits.contains), "a padding is negative or above 4096")
    return FeatureShape(
      channels: padding.channelsBefore + shape.channels + padding.channelsAfter,
      height: spatial.top + shape.height + spatial.bottom,
      width: spatial.left + shape.width + spatial.right)
  }

  private func windows(
    over shape: FeatureShape, kernel: Size, stride: Size, padding: Padding
  ) throws(GraphError) -> FeatureShape {
    let limits = 1...4096
    try expect(
      [kernel.height, kernel.width, stride.height, stride.width].allSatisfy(limits.contains)
        && [padding.top, padding.left, padding.bottom, padding.right].allSatisfy {
          (0...4096).contains($0)
        }, "a kernel, stride or padding is outside 1…4096")
    let rows = shape.height + padding.top + padding.bottom - kernel.height
    let columns = shape.width + padding.left + padding.right - kernel.width
    try expect(
      rows >= 0 && columns >= 0,
      "the window \(kernel.height)×\(kernel.width) is larger than its padded input \(shape)")
    return FeatureShape(
      channels: shape.channels, height: rows / stride.height + 1,
      width: columns / stride.width + 1)
  }
}

extension [Int] {
  /// For example `64×3×3×3`; a scalar is `scalar`.
  public var crossed: String { isEmpty ? "scalar" : map(String.init).joined(separator: "×") }
}
