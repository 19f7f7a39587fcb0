import Graphs
import Tensors

extension GraphImporter {
  mutating func addConvolution(_ node: ONNXNode) throws(ONNXError) {
    var input = try image(try activation(0, of: node), for: node)
    let weight = try tensor(1, of: node, rank: 4)
    let kernel = Size(height: weight.shape[2], width: weight.shape[3])
    if let stated = try node.integers("kernel_shape") {
      try node.expect(
        stated == [kernel.height, kernel.width],
        "kernel_shape is \(stated.prefix(8)), but the weight is \(weight.shape.crossed)")
    }
    try expectNoDilation(of: node, kernel: kernel)
    let groups = try node.integer("group") ?? 1
    try node.expect((1...(1 << 16)).contains(groups), "it has \(groups) groups")
    let strides = try node.extents("strides", count: 2, default: 1)
    let stride = Size(height: strides[0], width: strides[1])
    var padding = try self.padding(of: node, input: shapes[input], kernel: kernel, stride: stride)
    if let (source, zeros) = zeroPadding(of: input) {
      input = source
      padding = padding + zeros
    }
    let name = try store(weight, kind: "weight", for: node)
    let bias: String? =
      try constant(2, of: node) == nil ? nil : try parameter(2, of: node, kind: "bias", rank: 1)
    let convolution = Convolution(
      weight: name, bias: bias, stride: stride, padding: padding, groups: groups)
    try bind(try appendImage(.convolution(convolution), reading: input, for: node), to: node)
  }

  mutating func addMaxPool(_ node: ONNXNode) throws(ONNXError) {
    let input = try image(try activation(0, of: node), for: node)
    let pooling = try self.pooling(of: node, input: shapes[input])
    try bind(try appendImage(.maxPool(pooling), reading: input, for: node), to: node)
  }

  mutating func addAveragePool(_ node: ONNXNode) throws(ONNXError) {
    let input = try image(try activation(0, of: node), for: node)
    var pooling = try self.pooling(of: node, input: shapes[input])
    let countsPadding = try node.isSet("count_include_pad")
    let stated = try padding(
      of: node, input: shapes[input], kernel: pooling.kernel, stride: pooling.stride)
    try node.expect(
      !countsPadding || stated == pooling.padding,
      "ceil_mode adds windows that reach over the edge of \(shapes[input]), and padding counts; that "
        + "is not supported")
    if pooling.padding != .none && !countsPadding { pooling.divisor = .inside }
    try bind(try appendImage(.averagePool(pooling), reading: input, for: node), to: node)
  }

  mutating func addGlobalAveragePool(_ node: ONNXNode) throws(ONNXError) {
    let input = try image(try activation(0, of: node), for: node)
    try bind(try appendImage(.globalAveragePool, reading: input, for: node), to: node)
  }

  private func pooling(of node: ONNXNode, input: FeatureShape) throws(ONNXError) -> Pooling {
    let extents = try node.extents("kernel_shape", count: 2, default: 0)
    try node.expect(extents.allSatisfy { $0 > 0 }, "it has no kernel_shape or an empty one")
    let kernel = Size(height: extents[0], width: extents[1])
    try expectNoDilation(of: node, kernel: kernel)
    let strides = try node.extents("strides", count: 2, default: 1)
    let stride = Size(height: strides[0], width: strides[1])
    let padding = try self.padding(of: node, input: input, kernel: kernel, stride: stride)
    try node.expect(
      max(padding.top, padding.bottom) < kernel.height
        && max(padding.left, padding.right) < kernel.width,
      "its padding is as wide as its window, so that a window would be empty")
    guard try node.isSet("ceil_mode") else {
      return Pooling(kernel: kernel, stride: stride, padding: padding)
    }
    let excess = Padding(
      top: 0, left: 0,
      bottom: Self.excess(
        input.height, kernel.height, stride.height, (padding.top, padding.bottom)),
      right: Self.excess(input.width, kernel.width, stride.width, (padding.left, padding.right)))
    return Pooling(kernel: kernel, stride: stride, padding: padding + excess)
  }

  /// How far a last window reaches over the edge, if it begins before the end of the image.
  private static func excess(
    _ extent: Int, _ kernel: Int, _ stride: Int, _ padding: (before: Int, after: Int)
  ) -> Int {
    let steps = extent + padding.before + padding.after - kernel
    guard steps > 0, steps % stride > 0 else { return 0 }
    let excess = stride - steps % stride
    return steps + excess < extent + padding.before ? excess : 0
  }

  private func expectNoDilation(of node: ONNXNode, kernel: Size) throws(ONNXError) {
    let dilations = try node.extents("dilations", count: 2, default: 1)
    try node.expect(
      (dilations[0] == 1 || kernel.height == 1) && (dilations[1] == 1 || kernel.width == 1),
      "its dilations are \(dilations); only 1 is supported")
  }

  /// The padding of a window, computed where `auto_pad` asks for it.
  private func padding(of node: ONNXNode, input: FeatureShape, kernel: Size, stride: Size)
    throws(ONNXError) -> Padding
  {
    try node.expect(
      stride.height > 0 && stride.width > 0 && kernel.height > 0 && kernel.width > 0,
      "a stride or kernel is 0")
    switch try node.string("auto_pad") ?? "NOTSET" {
    case "NOTSET", "":
      let pads = try node.extents("pads", count: 4, default: 0)
      return Padding(top: pads[0], left: pads[1], bottom: pads[2], right: pads[3])
    case "VALID": return .none
    case "SAME_UPPER":
      let (rows, columns) = Self.samePadding(input, kernel: kernel, stride: stride)
      return Padding(
        top: rows / 2, left: columns / 2, bottom: rows - rows / 2, right: columns - columns / 2)
    case "SAME_LOWER":
      let (rows, columns) = Self.samePadding(input, kernel: kernel, stride: stride)
      return Padding(
        top: rows - rows / 2, left: columns - columns / 2, bottom: rows / 2, right: columns / 2)
    case let other: throw node.error("auto_pad \(other.quotedName) is not supported")
    }
  }

  /// The rows and columns that keep an output of ⌈extent / stride⌉.
  private static func samePadding(_ input: FeatureShape, kernel: Size, stride: Size)
    -> (rows: Int, columns: Int)
  {
    func total(_ extent: Int, _ kernel: Int, _ stride: Int) -> Int {
      let outputs = (extent + stride - 1) / stride
      return max((outputs - 1) * stride + kernel - extent, 0)
    }
    return (
      total(input.height, kernel.height, stride.height),
      total(input.width, kernel.width, stride.width)
    )
  }

  /// What a node reads and the zeros it puts around it, if it does only that.
  ///
  /// A convolution takes them over: its own padding is the same.
  private func zeroPadding(of position: Int) -> (source: Int, zeros: Padding)? {
    let node = graph.nodes[position]
    guard case .pad(let padding) = node.operation, padding.value == 0,
      padding.channelsBefore == 0, padding.channelsAfter == 0
    else { return nil }
    return (node.inputs[0], padding.spatial)
  }

  mutating func addPad(_ node: ONNXNode) throws(ONNXError) {
    let source = try anyActivation(0, of: node)
    let mode = try node.string("mode") ?? "constant"
    try node.expect(
      ["constant", "reflect", "edge"].contains(mode), "the mode \(mode.quotedName) is not supported"
    )
    let rank = extents(of: source).count
    guard let list = try integers("pads", orInput: 1, of: node) else {
      throw node.error("it has no pads")
    }
    let named = try constant(3, of: node)?.integers ?? Array(0..<rank)
    let axes = try node.axes(named, rank: rank)
    try node.expect(
      list.count == 2 * axes.count && list.allSatisfy((0...4096).contains),
      "pads is \(list.prefix(16)); it must be \(2 * axes.count) numbers from 0 to 4096")
    // Exporters write these where they did not look whether there is anything to pad.
    if list.allSatisfy({ $0 == 0 }) { return try bind(.activation(source), to: node) }
    try node.expect(source.batchAxis == 0, "the first axis of its input is not the batch of images")
    var before = [0, 0, 0, 0]
    var after = [0, 0, 0, 0]
    for (position, axis) in axes.enumerated() where axis < 4 {
      before[axis] = list[position]
      after[axis] = list[axes.count + position]
    }
    try node.expect(rank == 4 || rank == 2, "its input has \(rank) axes; 2 or 4 are supported")
    try node.expect(before[0] == 0 && after[0] == 0, "it pads the batch")
    let value = try paddingValue(of: node)
    let edges = Padding(top: before[2], left: before[3], bottom: after[2], right: after[3])
    let padding = ConstantPadding(
      spatial: edges, channelsBefore: before[1], channelsAfter: after[1], value: value)
    let input = try plain(source, at: node.place)
    try node.expect(
      mode == "constant" || before[1] == 0 && after[1] == 0,
      "the mode \(mode.quotedName) is supported for rows and columns only")
    let operation: Operation =
      switch mode {
      case "reflect": .rearrange(.reflectedPadding(edges))
      case "edge": .rearrange(.edgePadding(edges))
      default: .pad(padding)
      }
    let result = try append(operation, reading: input.node, for: node)
    let view: ActivationView =
      rank == 4 ? .init(image: shapes[result]) : .init(vector: shapes[result].count)
    try bind(.activation(Activation(node: result, view: view)), to: node)
  }

  private mutating func paddingValue(of node: ONNXNode) throws(ONNXError) -> Float {
    var value = try node.float("value") ?? 0
    if let constant = try constant(2, of: node) {
      guard let tensor = constant.floats, tensor.count == 1 else {
        throw node.error("its constant_value is no single floating-point number")
      }
      value = tensor[0]
    }
    try node.expect(value.isFinite, "it pads with \(value)")
    return value
  }
}

extension Padding {
  /// Both paddings around each other.
  static func + (left: Padding, right: Padding) -> Padding {
    Padding(
      top: left.top + right.top, left: left.left + right.left, bottom: left.bottom + right.bottom,
      right: left.right + right.right)
  }
}
