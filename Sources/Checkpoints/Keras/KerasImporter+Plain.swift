import Files
import Graphs
import Tensors

/// Layers without weights.
extension KerasImporter {
  mutating func addInput(_ layer: KerasLayer) throws(FileError) -> Value {
    let stated = layer.config["batch_input_shape"] ?? layer.config["batch_shape"]
    let extents = stated?.list?.dropFirst().map { $0.integer ?? 0 } ?? []
    try layer.expect(
      [1, 3].contains(extents.count) && extents.allSatisfy { (1...65_536).contains($0) },
      "does not state the image as [null, height, width, channels], but as \(extents)")
    return try start(
      extents.count == 1
        ? FeatureShape(channels: extents[0])
        : FeatureShape(channels: extents[2], height: extents[0], width: extents[1]), layer)
  }

  mutating func addPooling(
    _ layer: KerasLayer, _ operation: (Pooling) -> Operation
  ) throws(FileError) -> Value {
    try layer.expectChannelsLast()
    let input = try single(layer)
    let shape = shapes[input.node]
    let kernel = try layer.size("pool_size", default: Size(2))
    let stride = try layer.size("strides", default: kernel)
    let padding = try layer.paddingRule().padding(
      of: (shape.height, shape.width), kernel: kernel, stride: stride)
    let pooling = Pooling(kernel: kernel, stride: stride, padding: padding, divisor: .inside)
    return try append(operation(pooling), input, layer)
  }

  mutating func addZeroPadding(_ layer: KerasLayer) throws(FileError) -> Value {
    try layer.expectChannelsLast()
    let value = layer.config["padding"]
    let pairs = value?.list?.map { $0.integers ?? $0.integer.map { [$0, $0] } ?? [] }
    let sides = pairs ?? value?.integer.map { [[$0, $0], [$0, $0]] } ?? []
    try layer.expect(
      sides.count == 2 && sides.allSatisfy { $0.count == 2 },
      "has a padding that is neither a number nor two pairs")
    let padding = Padding(
      top: sides[0][0], left: sides[1][0], bottom: sides[0][1], right: sides[1][1])
    return try append(.pad(ConstantPadding(spatial: padding)), try single(layer), layer)
  }

  mutating func addFlattening(_ layer: KerasLayer) throws(FileError) -> Value {
    let input = try single(layer)
    let shape = shapes[input.node]
    if shape.area == 1 { return input }
    try layer.expectChannelsLast()
    var result = try append(.flatten, input, layer)
    result.flattened = shape
    return result
  }

  mutating func addSum(_ layer: KerasLayer) throws(FileError) -> Value {
    let inputs = try inputs(of: layer)
    try layer.expect(inputs.count >= 2, "has \(inputs.count) inputs; it needs 2 or more")
    var sum = inputs[0]
    for (position, next) in inputs.enumerated().dropFirst() {
      let shape = shapes[sum.node]
      try layer.expect(
        shape == shapes[next.node] && sum.flattened == next.flattened,
        "adds \(shape) and \(shapes[next.node])")
      let name = position == 1 ? layer.name : "\(layer.name).\(position)"
      let flattened = sum.flattened
      sum = push(.add, [sum.node, next.node], name, giving: shape)
      sum.flattened = flattened
    }
    return sum
  }

  mutating func addConcatenation(_ layer: KerasLayer) throws(FileError) -> Value {
    let inputs = try inputs(of: layer)
    let axis = try layer.integer("axis", default: -1, within: -4...4)
    try layer.expect(
      inputs.count >= 2 && inputs.allSatisfy { $0.flattened == nil } && [-1, 3].contains(axis),
      "joins other things than the channels of two or more images, which is not read")
    var shape = shapes[inputs[0].node]
    for input in inputs.dropFirst() {
      let next = shapes[input.node]
      try layer.expect(
        next.height == shape.height && next.width == shape.width, "joins \(shape) and \(next)")
      shape.channels += next.channels
    }
    return push(.concatenate, inputs.map(\.node), layer.name, giving: shape)
  }

  /// x · scale + offset, as (x − mean) / deviation.
  mutating func addRescaling(_ layer: KerasLayer) throws(FileError) -> Value {
    let input = try single(layer)
    try layer.expect(input.flattened == nil, "acts on a flattened image, which is not read")
    let channels = shapes[input.node].channels
    let scales = try numbers("scale", channels, layer)
    let offsets = try numbers("offset", channels, layer)
    try layer.expect(scales.allSatisfy { $0 != 0 }, "multiplies by 0")
    let constants = Normalization(
      mean: zip(offsets, scales).map { Float(-$0 / $1) }, deviation: scales.map { Float(1 / $0) })
    try layer.expect(
      (constants.mean + constants.deviation).allSatisfy(\.isFinite)
        && constants.deviation.allSatisfy(\.isNormal), "has numbers too large or too small")
    return try append(.normalize(constants), input, layer)
  }

  /// (x − mean) / √variance, with numbers from the description or from the weights.
  mutating func addNormalization(_ layer: KerasLayer) throws(FileError) -> Value {
    let input = try single(layer)
    let axis = layer.config["axis"].flatMap { $0.integer.map { [$0] } ?? $0.integers } ?? [-1]
    let isInverted = try layer.truth("invert", default: false)
    try layer.expect(
      input.flattened == nil && (axis == [-1] || axis == [3]) && !isInverted,
      "normalises along another axis than the channels, or undoes it, which is not read")
    let channels = shapes[input.node].channels
    let found = try weights.weights(of: layer)
    var constants = Normalization(mean: [], deviation: [])
    if layer.config["mean"] != nil {
      constants.mean = try numbers("mean", channels, layer).map { Float($0) }
      constants.deviation = try numbers("variance", channels, layer).map { Float($0.squareRoot()) }
    } else {
      constants.mean = try layer.weight("mean", of: found, rank: 1).elements
      constants.deviation = try layer.weight("variance", of: found, rank: 1).elements
        .map { $0.squareRoot() }
    }
    try layer.expect(
      constants.mean.count == channels && constants.deviation.count == channels,
      "has \(constants.mean.count) means for \(channels) channels")
    // Keras divides by no less than its ε.
    constants.deviation = constants.deviation.map { max($0, 1e-7) }
    try layer.expect(
      (constants.mean + constants.deviation).allSatisfy(\.isFinite),
      "has numbers that are not finite")
    return try append(.normalize(constants), input, layer)
  }

  mutating func addGlobalMaximum(_ layer: KerasLayer) throws(FileError) -> Value {
    try layer.expectChannelsLast()
    let input = try single(layer)
    let shape = shapes[input.node]
    let window = Size(height: shape.height, width: shape.width)
    let pooling = Pooling(kernel: window, stride: window, padding: .none, divisor: .inside)
    return try append(.maxPool(pooling), input, layer)
  }

  /// Another way to write a vector of channels.
  mutating func addReshaping(_ layer: KerasLayer) throws(FileError) -> Value {
    let input = try single(layer)
    let shape = shapes[input.node]
    let target = layer.config["target_shape"]?.integers ?? []
    let isVector = [[shape.count], [-1], [1, 1, shape.count]].contains(target)
    try layer.expect(
      shape.area == 1 && isVector, "makes \(target) of \(shape), which is not read")
    return input
  }

  private func numbers(
    _ field: String, _ count: Int, _ layer: KerasLayer
  ) throws(FileError) -> [Double] {
    guard let value = layer.config[field] else {
      return [Double](repeating: field == "scale" ? 1 : 0, count: count)
    }
    if let number = value.number { return [Double](repeating: number, count: count) }
    let numbers = value.list?.compactMap(\.number) ?? []
    try layer.expect(
      numbers.count == count, "has \(numbers.count) numbers of \(field) for \(count) channels")
    return numbers
  }
}
