import FoundationEssentials
import Graphs
import Tensors

extension GraphExporter {
  /// Translates the node at a position.
  mutating func add(_ position: Int) -> Value {
    switch model.graph.nodes[position].operation {
    case .input: Value(name: "x", isVector: false)
    case .convolution(let convolution): add(convolution, position)
    case .batchNormalization(let norm): add(norm, position)
    case .channelAffine(let affine): add(affine, position)
    case .layerNormalization(let norm): add(norm, position)
    case .meanSparse(let sparse): add(sparse, position)
    case .relu: elementwise("Relu", position)
    case .silu: addSiLU(position)
    case .elementwise(let function): add(function, position)
    case .add: addPair("Add", position)
    case .multiply: addPair("Mul", position)
    case .maxPool(let pooling): image("MaxPool", position, pooling.attributes)
    case .averagePool(let pooling):
      image(
        "AveragePool", position,
        pooling.attributes + [.init("count_include_pad", pooling.divisor == .window ? 1 : 0)])
    case .globalAveragePool: image("GlobalAveragePool", position, [])
    case .flatten: asVector(input(of: position))
    case .linear(let linear): add(linear, position)
    case .normalize(let constants): add(constants, position)
    case .concatenate: addConcatenation(position)
    case .channelShuffle(let groups): addShuffle(groups, position)
    case .channelSlice(let range): addSlice(range, position)
    case .pad(let padding): add(padding, position)
    case .attention(let attention): add(attention, position)
    case .table(let table): add(table, position)
    case .rowNormalization(let norm): add(norm, position)
    case .positionEncoding(let encoding): add(encoding, position)
    case .rearrange(let rearrangement): add(rearrangement, position)
    }
  }

  /// An operator on the image at a node's first input.
  private mutating func image(
    _ operation: String, _ position: Int, _ attributes: [WireAttribute], _ others: [String] = []
  ) -> Value {
    let source = asImage(input(of: position))
    return Value(name: append(operation, [source.name] + others, attributes), isVector: false)
  }

  private mutating func elementwise(_ operation: String, _ position: Int) -> Value {
    let source = input(of: position)
    return Value(name: append(operation, [source.name]), isVector: source.isVector)
  }

  private mutating func add(_ convolution: Convolution, _ position: Int) -> Value {
    let names = [convolution.weight] + (convolution.bias.map { [$0] } ?? [])
    let parameters = names.map { parameter($0) }
    let kernel = model.parameters[convolution.weight]?.shape.suffix(2) ?? []
    return image(
      "Conv", position,
      [
        .init("kernel_shape", Array(kernel)), .init("strides", convolution.stride.list),
        .init("pads", convolution.padding.list), .init("group", convolution.groups),
      ], parameters)
  }

  private mutating func add(_ norm: BatchNormalization, _ position: Int) -> Value {
    let source = input(of: position)
    let parameters = [norm.weight, norm.bias, norm.mean, norm.variance].map { parameter($0) }
    let name = append(
      "BatchNormalization", [source.name] + parameters,
      [.init("epsilon", Float(norm.epsilon))])
    return Value(name: name, isVector: source.isVector)
  }

  private mutating func add(_ affine: ChannelAffine, _ position: Int) -> Value {
    let source = input(of: position)
    let scale = perChannel(model.parameters[affine.scale]?.elements ?? [], for: source)
    let scaled = append("Mul", [source.name, scale])
    guard let name = affine.shift else { return Value(name: scaled, isVector: source.isVector) }
    let shift = perChannel(model.parameters[name]?.elements ?? [], for: source)
    return Value(name: append("Add", [scaled, shift]), isVector: source.isVector)
  }

  private mutating func add(_ constants: Normalization, _ position: Int) -> Value {
    let source = input(of: position)
    let mean = perChannel(constants.mean, for: source)
    let deviation = perChannel(constants.deviation, for: source)
    let centred = append("Sub", [source.name, mean])
    return Value(name: append("Div", [centred, deviation]), isVector: source.isVector)
  }

  private mutating func addSiLU(_ position: Int) -> Value {
    let source = input(of: position)
    let gate = append("Sigmoid", [source.name])
    return Value(name: append("Mul", [source.name, gate]), isVector: source.isVector)
  }

  private mutating func addPair(_ operation: String, _ position: Int) -> Value {
    var left = input(0, of: position)
    var right = input(1, of: position)
    if left.isVector != right.isVector { (left, right) = (asImage(left), asImage(right)) }
    return Value(name: append(operation, [left.name, right.name]), isVector: left.isVector)
  }

  private mutating func add(_ linear: Linear, _ position: Int) -> Value {
    if inputShape(of: position).area > 1 { return addToEachPosition(linear, position) }
    let source = asVector(input(of: position))
    let names = [linear.weight] + (linear.bias.map { [$0] } ?? [])
    let parameters = names.map { parameter($0) }
    let name = append("Gemm", [source.name] + parameters, [.init("transB", 1)])
    return Value(name: name, isVector: true)
  }

  private mutating func addConcatenation(_ position: Int) -> Value {
    let inputs = model.graph.nodes[position].inputs.indices.map { input($0, of: position) }
    let images = inputs.map { asImage($0).name }
    return Value(name: append("Concat", images, [.init("axis", 1)]), isVector: false)
  }

  /// The channels as a table, which is turned.
  private mutating func addShuffle(_ groups: Int, _ position: Int) -> Value {
    let shape = inputShape(of: position)
    let source = asImage(input(of: position))
    let table = constant([-1, groups, shape.channels / groups, shape.height, shape.width])
    let flat = constant([-1, shape.channels, shape.height, shape.width])
    let dealt = append("Reshape", [source.name, table])
    let turned = append("Transpose", [dealt], [.init("perm", [0, 2, 1, 3, 4])])
    return Value(name: append("Reshape", [turned, flat]), isVector: false)
  }

  private mutating func addSlice(_ range: Range<Int>, _ position: Int) -> Value {
    let bounds = [constant([range.lowerBound]), constant([range.upperBound]), constant([1])]
    return image("Slice", position, [], bounds)
  }

  private mutating func add(_ padding: ConstantPadding, _ position: Int) -> Value {
    let sides = padding.spatial
    let amounts = constant([
      0, padding.channelsBefore, sides.top, sides.left, 0, padding.channelsAfter, sides.bottom,
      sides.right,
    ])
    return image("Pad", position, [.init("mode", "constant")], [amounts, scalar(padding.value)])
  }
}

extension Pooling {
  fileprivate var attributes: [WireAttribute] {
    [
      .init("kernel_shape", kernel.list), .init("strides", stride.list),
      .init("pads", padding.list),
    ]
  }
}

extension Size {
  fileprivate var list: [Int] { [height, width] }
}

extension Padding {
  /// As ONNX orders them: all that stand in front, then all behind.
  fileprivate var list: [Int] { [top, left, bottom, right] }
}

extension WireAttribute {
  /// Numbers by which ONNX knows the kinds of attributes.
  private enum Kind: Int32 {
    case float = 1
    case integer = 2
    case text = 3
    case integers = 7
  }

  init(_ name: String, _ value: Int) {
    self.init()
    self.name = name
    i = Int64(value)
    type = Kind.integer.rawValue
  }

  init(_ name: String, _ value: Float) {
    self.init()
    self.name = name
    f = value
    type = Kind.float.rawValue
  }

  init(_ name: String, _ value: String) {
    self.init()
    self.name = name
    s = Data(value.utf8)
    type = Kind.text.rawValue
  }

  init(_ name: String, _ values: [Int]) {
    self.init()
    self.name = name
    ints = values.map(Int64.init)
    type = Kind.integers.rawValue
  }
}
