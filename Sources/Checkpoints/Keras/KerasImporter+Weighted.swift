import Files
import Graphs
import Tensors

/// Layers with weights.
extension KerasImporter {
  mutating func addConvolution(_ layer: KerasLayer) throws(FileError) -> Value {
    let found = try weights.weights(of: layer)
    let kernel = try layer.weight("kernel", of: found, rank: 4)
    let groups = try layer.integer("groups", default: 1)
    return try addConvolution(
      layer, kernel.transposed([3, 2, 0, 1]), bias: found["bias"], groups: groups)
  }

  mutating func addDepthwiseConvolution(_ layer: KerasLayer) throws(FileError) -> Value {
    let found = try weights.weights(of: layer)
    let name = found["depthwise_kernel"] == nil ? "kernel" : "depthwise_kernel"
    let kernel = try layer.weight(name, of: found, rank: 4)
    return try addConvolution(
      layer, kernel.depthwiseFromKeras, bias: found["bias"], groups: kernel.shape[2])
  }

  /// A depthwise convolution, then one of single pixels.
  mutating func addSeparableConvolution(_ layer: KerasLayer) throws(FileError) -> Value {
    let found = try weights.weights(of: layer)
    let depthwise = try layer.weight("depthwise_kernel", of: found, rank: 4)
    let pointwise = try layer.weight("pointwise_kernel", of: found, rank: 4)
    let image = try convolved(
      try single(layer), layer, depthwise.depthwiseFromKeras, groups: depthwise.shape[2],
      weight: "depthwise.weight", bias: nil, named: ".depthwise")
    let convolution = Convolution(
      weight: try store(pointwise.transposed([3, 2, 0, 1]), "weight", of: layer),
      bias: try storedBias(found["bias"], layer))
    return try activated(try append(.convolution(convolution), image, layer), layer)
  }

  private mutating func addConvolution(
    _ layer: KerasLayer, _ kernel: Tensor, bias: Tensor?, groups: Int
  ) throws(FileError) -> Value {
    try layer.expectChannelsLast()
    let result = try convolved(
      try single(layer), layer, kernel, groups: groups, weight: "weight",
      bias: try storedBias(bias, layer), named: "")
    return try activated(result, layer)
  }

  /// The kernel moved over an image by the layer's steps and padding.
  private mutating func convolved(
    _ input: Value, _ layer: KerasLayer, _ kernel: Tensor, groups: Int, weight: String,
    bias: String?, named suffix: String
  ) throws(FileError) -> Value {
    try layer.expectChannelsLast()
    let dilation = try layer.size("dilation_rate", default: Size(1))
    try layer.expect(dilation == Size(1), "is dilated, which is not read")
    try layer.expect(input.flattened == nil, "reads a vector; it needs an image")
    let shape = shapes[input.node]
    let stride = try layer.size("strides", default: Size(1))
    let padding = try layer.paddingRule().padding(
      of: (shape.height, shape.width),
      kernel: Size(height: kernel.shape[2], width: kernel.shape[3]), stride: stride)
    let convolution = Convolution(
      weight: try store(kernel, weight, of: layer), bias: bias, stride: stride, padding: padding,
      groups: groups)
    return try append(.convolution(convolution), input, layer, named: suffix)
  }

  private mutating func storedBias(
    _ bias: Tensor?, _ layer: KerasLayer
  ) throws(FileError) -> String? {
    guard try layer.truth("use_bias", default: true) else { return nil }
    guard let bias else { throw layer.error("has no bias in the file") }
    return try store(bias, "bias", of: layer)
  }

  mutating func addDense(_ layer: KerasLayer) throws(FileError) -> Value {
    let found = try weights.weights(of: layer)
    let input = try single(layer)
    var kernel = try layer.weight("kernel", of: found, rank: 2).transposed([1, 0])
    if let image = input.flattened {
      try layer.expect(
        kernel.shape[1] == image.count,
        "reads \(kernel.shape[1]) values; the image before it has \(image.count)")
      kernel = kernel.columnsFromChannelsLast(image)
    }
    let bias = try storedBias(found["bias"], layer)
    if input.flattened == nil, shapes[input.node].area > 1 {
      // On an image it acts on the channels of each pixel.
      let weight = try store(
        kernel.reshaped(kernel.shape + [1, 1]), "weight", of: layer)
      let convolution = Convolution(weight: weight, bias: bias)
      return try activated(try append(.convolution(convolution), input, layer), layer)
    }
    let linear = Linear(weight: try store(kernel, "weight", of: layer), bias: bias)
    return try activated(try append(.linear(linear), input, layer), layer)
  }

  mutating func addBatchNormalization(_ layer: KerasLayer) throws(FileError) -> Value {
    let input = try single(layer)
    let axis = layer.config["axis"].flatMap { $0.integer.map { [$0] } ?? $0.integers } ?? [-1]
    try layer.expect(
      axis == [-1] || axis == [3] || (axis == [1] && shapes[input.node].area == 1),
      "normalises along axis \(axis); only the channels, the last axis, are read")
    let found = try weights.weights(of: layer)
    let epsilon = layer.config["epsilon"]?.number ?? 1e-3
    try layer.expect((0..<1).contains(epsilon), "has epsilon \(epsilon)")
    let channels = shapes[input.node].channels
    func vector(_ name: String, absent: Float?) throws(FileError) -> Tensor {
      if let absent, found[name] == nil { return Tensor(shape: [channels], repeating: absent) }
      let vector = try layer.weight(name, of: found, rank: 1)
      guard let image = input.flattened else { return vector }
      try layer.expect(vector.count == image.count, "has \(vector.count) values of \(name)")
      return vector.reshaped([1, vector.count]).columnsFromChannelsLast(image)
        .reshaped([vector.count])
    }
    let scales = try layer.truth("scale", default: true)
    let centers = try layer.truth("center", default: true)
    let norm = BatchNormalization(
      weight: try store(
        try vector("gamma", absent: scales ? nil : 1), "weight", of: layer),
      bias: try store(try vector("beta", absent: centers ? nil : 0), "bias", of: layer),
      mean: try store(try vector("moving_mean", absent: nil), "running_mean", of: layer),
      variance: try store(try vector("moving_variance", absent: nil), "running_var", of: layer),
      epsilon: epsilon)
    var result = try append(.batchNormalization(norm), input, layer)
    result.flattened = input.flattened
    return result
  }
}

extension KerasLayer {
  /// One of the weights that the file holds for a layer.
  func weight(
    _ name: String, of weights: KerasLayerWeights, rank: Int
  ) throws(FileError) -> Tensor {
    guard let weight = weights[name] else { throw error("has no \(name) in the file") }
    guard weight.shape.count == rank, weight.count > 0 else {
      throw error("has a \(name) of \(weight.shape.crossed); it must have \(rank) extents")
    }
    return weight
  }
}

extension Tensor {
  /// Height × width × in × multiplier as (in · multiplier) × 1 × height × width.
  var depthwiseFromKeras: Tensor {
    let turned = transposed([2, 3, 0, 1])
    return turned.reshaped([shape[2] * shape[3], 1, shape[0], shape[1]])
  }

  /// A matrix whose columns are the pixels of an image, channels last, with channels first.
  func columnsFromChannelsLast(_ image: FeatureShape) -> Tensor {
    reshaped([shape[0], image.height, image.width, image.channels]).transposed([0, 3, 1, 2])
      .reshaped(shape)
  }
}
