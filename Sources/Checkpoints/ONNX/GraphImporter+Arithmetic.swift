import Graphs
import Tensors

extension GraphImporter {
  /// Imports Add, Sub, Mul or Div of an activation and a constant, or of two activations.
  mutating func addArithmetic(_ node: ONNXNode) throws(ONNXError) {
    try node.expect(node.inputs.count == 2, "it has \(node.inputs.count) inputs; it needs 2")
    let (first, second) = (try value(0, of: node), try value(1, of: node))
    if node.operation == "Mul", let input = Self.factorOfItsSigmoid(first, second) {
      let result = try append(.silu, reading: input.node, for: node)
      return try bind(
        .activation(Activation(node: result, view: input.view, batchAxis: input.batchAxis)),
        to: node)
    }
    switch (try settled(first, node), try settled(second, node)) {
    case (.activation(let left), .activation(let right)): try addPair(left, right, node)
    case (.activation(let input), .constant(let constant)):
      try addAffine(input, node.operation, constant, node)
    case (.constant(let constant), .activation(let input)):
      try node.expect(
        node.operation != "Div",
        "it divides a constant by an activation, which is not supported; rewrite it as a product")
      if node.operation == "Sub" {
        return try addAffine(try negative(input, node), "Add", constant, node)
      }
      try addAffine(input, node.operation, constant, node)
    default: throw node.error("an input is missing")
    }
  }

  /// The x of x · σ(x).
  private static func factorOfItsSigmoid(_ left: ONNXValue?, _ right: ONNXValue?) -> Activation? {
    switch (left, right) {
    case (.activation(let input), .sigmoid(let gate)), (.sigmoid(let gate), .activation(let input)):
      input == gate ? input : nil
    default: nil
    }
  }

  /// Imports the sum or product of two activations.
  private mutating func addPair(_ left: Activation, _ right: Activation, _ node: ONNXNode)
    throws(ONNXError)
  {
    let operations: [String: Operation] = ["Add": .add, "Sub": .add, "Mul": .multiply]
    guard let operation = operations[node.operation] else {
      throw node.error(
        "two activations are combined; only sums, differences and products are supported")
    }
    if operation == .multiply, left.view.shape != right.view.shape {
      return try addGate(left, right, node)
    }
    try node.expect(
      left.view.shape == right.view.shape,
      "it adds \(left.view.shape.crossed) and \(right.view.shape.crossed); they must be equal")
    var (left, right) = (left, right)
    if node.operation == "Sub" { right = try negative(right, node) }
    try node.expect(left.batchAxis == right.batchAxis, "the batch stands at different axes")
    if left.view != right.view || shapes[left.node] != shapes[right.node] {
      right = try laidOut(right, like: left, for: node)
    }
    let result = push(
      operation, name: node.name, reading: [left.node, right.node], giving: shapes[left.node])
    try bind(
      .activation(Activation(node: result, view: left.view, batchAxis: left.batchAxis)), to: node)
  }

  mutating func addNegative(_ node: ONNXNode) throws(ONNXError) {
    try bind(.activation(try negative(try anyActivation(0, of: node), node)), to: node)
  }

  mutating func negative(_ input: Activation, _ node: ONNXNode) throws(ONNXError)
    -> Activation
  {
    let factors = ChannelConstant(repeating: -1, count: shapes[input.node].channels)
    let result = try appendScale(factors, reading: input.node, for: node)
    return Activation(node: result, view: input.view, batchAxis: input.batchAxis)
  }

  /// Imports the product of an image and one value for each of its channels, in either order.
  private mutating func addGate(_ left: Activation, _ right: Activation, _ node: ONNXNode)
    throws(ONNXError)
  {
    var (input, gate) = (left, right)
    if right.view.shape.dropFirst().contains(where: { $0 > 1 }) { (input, gate) = (right, left) }
    let (extents, factors) = (input.view.shape, gate.view.shape)
    try node.expect(
      extents.count == 3 && factors == [extents[0], 1, 1],
      "it multiplies \(left.view.shape.crossed) and \(right.view.shape.crossed); they must be equal "
        + "or one of them a value for each channel")
    let (image, values) = (try image(input, for: node), try image(gate, for: node))
    let result = push(
      .multiply, name: node.name, reading: [image, values], giving: shapes[image])
    try bind(.activation(activation(result, rank: 4)), to: node)
  }

  private mutating func addAffine(
    _ input: Activation, _ operation: String, _ constant: Constant, _ node: ONNXNode
  ) throws(ONNXError) {
    if !variesByChannel(constant, over: input) {
      return try addTable(input, operation, constant, node)
    }
    let (source, vector) = try perChannel(constant, over: input, for: node)
    let result: Int
    if isNormalizedImage(source.node), let constants = Self.normalization(vector, operation) {
      result = try appendNormalization(constants, reading: source.node, for: node)
    } else {
      switch operation {
      case "Add": result = try appendShift(vector, reading: source.node, for: node)
      case "Sub":
        result = try appendShift(vector.mapped { -$0 }, reading: source.node, for: node)
      case "Mul": result = try appendScale(vector, reading: source.node, for: node)
      default:
        result = try appendScale(vector.mapped { 1 / $0 }, reading: source.node, for: node)
      }
    }
    try bind(
      .activation(Activation(node: result, view: source.view, batchAxis: source.batchAxis)),
      to: node)
  }

  /// Whether a node is the image, or the image after nothing but constants per channel.
  private func isNormalizedImage(_ position: Int) -> Bool {
    switch graph.nodes[position].operation {
    case .input, .normalize: true
    default: false
    }
  }

  /// Arithmetic as (x − mean) / deviation, nil where that would change more than rounding.
  private static func normalization(_ constant: ChannelConstant, _ operation: String)
    -> Normalization?
  {
    let values = constant.values
    let zeros = [Float](repeating: 0, count: values.count)
    let ones = [Float](repeating: 1, count: values.count)
    let result: Normalization
    switch operation {
    case "Sub": result = Normalization(mean: values, deviation: ones)
    case "Add": result = Normalization(mean: values.map { -$0 }, deviation: ones)
    case "Div": result = Normalization(mean: zeros, deviation: values)
    default: result = Normalization(mean: zeros, deviation: values.map { 1 / $0 })
    }
    return (result.mean + result.deviation).allSatisfy(\.isFinite)
      && result.deviation.allSatisfy(\.isNormal) ? result : nil
  }

  /// Appends a normalisation, as one with a bare subtraction before it.
  private mutating func appendNormalization(
    _ constants: Normalization, reading input: Int, for node: ONNXNode
  ) throws(ONNXError) -> Int {
    if case .normalize(let before) = graph.nodes[input].operation,
      before.deviation.allSatisfy({ $0 == 1 }), constants.mean.allSatisfy({ $0 == 0 })
    {
      return try append(
        .normalize(Normalization(mean: before.mean, deviation: constants.deviation)),
        reading: graph.nodes[input].inputs[0], for: node)
    }
    return try append(.normalize(constants), reading: input, for: node)
  }

  /// Appends a summand: as the bias of a layer that has none, or as a shift.
  private mutating func appendShift(
    _ shift: ChannelConstant, reading input: Int, for node: ONNXNode
  ) throws(ONNXError) -> Int {
    let before = graph.nodes[input]
    switch before.operation {
    case .convolution(var convolution) where convolution.bias == nil:
      convolution.bias = try store(shift.constant, kind: "bias", for: node)
      return try append(.convolution(convolution), reading: before.inputs[0], for: node)
    case .linear(var linear) where linear.bias == nil:
      linear.bias = try store(shift.constant, kind: "bias", for: node)
      return try append(.linear(linear), reading: before.inputs[0], for: node)
    case .channelAffine(var affine) where affine.shift.map { isUniformly(0, $0) } ?? true:
      affine.shift = try store(shift.constant, kind: "bias", for: node)
      return try append(.channelAffine(affine), reading: before.inputs[0], for: node)
    case .layerNormalization(var norm) where isUniformly(0, norm.bias):
      norm.bias = try store(shift.constant, kind: "bias", for: node)
      return try append(.layerNormalization(norm), reading: before.inputs[0], for: node)
    default:
      let ones = ChannelConstant(repeating: 1, count: shift.values.count)
      try budget.charge(shift.values.count, of: 8, at: node.place)
      return try appendAffine(scale: ones, shift: shift, reading: input, for: node)
    }
  }

  mutating func appendScale(
    _ scale: ChannelConstant, reading input: Int, for node: ONNXNode
  ) throws(ONNXError) -> Int {
    let before = graph.nodes[input]
    if case .layerNormalization(var norm) = before.operation, isUniformly(1, norm.weight),
      isUniformly(0, norm.bias)
    {
      norm.weight = try store(scale.constant, kind: "weight", for: node)
      return try append(.layerNormalization(norm), reading: before.inputs[0], for: node)
    }
    let zeros = ChannelConstant(repeating: 0, count: scale.values.count)
    try budget.charge(scale.values.count, of: 8, at: node.place)
    return try appendAffine(scale: scale, shift: zeros, reading: input, for: node)
  }

  private mutating func appendAffine(
    scale: ChannelConstant, shift: ChannelConstant, reading input: Int, for node: ONNXNode
  ) throws(ONNXError) -> Int {
    let affine = ChannelAffine(
      scale: try store(scale.constant, kind: "weight", for: node),
      shift: try store(shift.constant, kind: "bias", for: node))
    return try append(.channelAffine(affine), reading: input, for: node)
  }

  private func isUniformly(_ number: Float, _ name: String) -> Bool {
    parameters.tensors[name]?.withUnsafeElements { $0.allSatisfy { $0 == number } } ?? false
  }

  // MARK: Broadcasting

  /// One number for each channel.
  struct ChannelConstant {
    var values: [Float]
    /// The initializer that holds exactly these values.
    var name: String?

    init(_ values: [Float], name: String?) {
      self.values = values
      self.name = name
    }

    init(repeating value: Float, count: Int) {
      self.init([Float](repeating: value, count: count), name: nil)
    }

    var constant: Constant { Constant(Tensor(shape: [values.count], elements: values), name: name) }

    func mapped(_ transform: (Float) -> Float) -> ChannelConstant {
      ChannelConstant(values.map(transform), name: nil)
    }
  }

  /// Whether a constant is one number, or one for each channel of an activation.
  func variesByChannel(_ constant: Constant, over input: Activation) -> Bool {
    let leading = extents(of: input).count - constant.shape.count
    let varying = constant.shape.indices.filter { constant.shape[$0] > 1 }
    if varying.isEmpty || leading < 0 || input.view.axes.count == 1 { return true }
    let shape = shapes[input.node]
    let channels = [ActivationView.Run(extent: shape.channels, stride: shape.area)]
    guard varying.count == 1, let own = viewAxis(varying[0] + leading, of: input) else {
      return false
    }
    return input.view.axes[own] == channels
  }

  /// A constant as one number a channel, and the activation whose channels those are.
  mutating func perChannel(
    _ constant: Constant, over input: Activation, for node: ONNXNode
  ) throws(ONNXError) -> (Activation, ChannelConstant) {
    guard let tensor = constant.floats, tensor.count > 0 else {
      throw node.error("its constant is not floating-point")
    }
    let isUniform = tensor.withUnsafeElements { $0.allSatisfy { $0 == tensor[0] } }
    let extents = extents(of: input)
    let leading = extents.count - constant.shape.count
    let fits =
      leading >= 0
      && zip(extents.dropFirst(max(leading, 0)), constant.shape).allSatisfy {
        $1 == 1 || $0 == $1
      }
    try node.expect(
      fits, "its constant \(constant.shape.crossed) does not fit its input \(extents.crossed)")
    if isUniform {
      let count = shapes[input.node].channels
      try budget.charge(count, of: 8, at: node.place)
      let name = constant.count == count ? constant.name : nil
      return (
        input, ChannelConstant([Float](repeating: tensor[0], count: count), name: name)
      )
    }
    var source = input
    if input.view.axes.count == 1 { source = try vector(input, at: node.place) }
    let shape = shapes[source.node]
    let varying = constant.shape.indices.filter { constant.shape[$0] > 1 }
    let channels = [ActivationView.Run(extent: shape.channels, stride: shape.area)]
    guard varying.count == 1, let axis = varying.first,
      let own = viewAxis(axis + leading, of: source), source.view.axes[own] == channels
    else {
      throw node.error(
        "its constant \(constant.shape.crossed) varies along more than the channels of its input")
    }
    try budget.charge(tensor.count, of: 8, at: node.place)
    return (source, ChannelConstant(tensor.elements, name: constant.name))
  }
}
