import Graphs
import Tensors

extension GraphImporter {
  mutating func addGemm(_ node: ONNXNode) throws(ONNXError) {
    let input = try activation(0, of: node)
    try node.expect(try !node.isSet("transA"), "transA is not supported")
    let matrix = try tensor(1, of: node, rank: 2)
    let isTransposed = try node.isSet("transB")
    let weight = try weight(
      matrix, order: isTransposed ? .outputsFirst : .inputsFirst,
      factor: try node.float("alpha") ?? 1, reading: input, for: node)
    var linear = Linear(weight: weight)
    if let constant = try constant(2, of: node) {
      linear.bias = try bias(
        constant, count: matrix.shape[isTransposed ? 0 : 1], factor: try node.float("beta") ?? 1,
        for: node)
    }
    try addLinear(linear, reading: input, for: node)
  }

  mutating func addMatMul(_ node: ONNXNode) throws(ONNXError) {
    let (first, second) = (
      try settled(try value(0, of: node), node), try settled(try value(1, of: node), node)
    )
    switch (first, second) {
    case (.activation, .constant), (nil, _), (_, nil): break
    case (let left?, let right?): return try addProduct(of: left, right, node)
    }
    let input = try anyActivation(0, of: node)
    let matrix = try tensor(1, of: node, rank: 2)
    if extents(of: input).count != 2 || input.batchAxis != 0 {
      return try addMatMul(matrix, ofEachPosition: input, node)
    }
    let weight = try weight(matrix, order: .inputsFirst, factor: 1, reading: input, for: node)
    try addLinear(Linear(weight: weight), reading: input, for: node)
  }

  /// Imports the product of a matrix and the channels of each position.
  private mutating func addMatMul(
    _ matrix: Constant, ofEachPosition input: Activation, _ node: ONNXNode
  ) throws(ONNXError) {
    let input = try withChannels(input.view.axes.count - 1, input, for: node)
    let channels = shapes[input.node].channels
    let stated = matrix.shape[0]
    try node.expect(
      stated == channels,
      "its matrix \(matrix.shape.crossed) takes \(stated) inputs, but its input has \(channels)")
    let weight = try store(
      matrix, order: .inputsFirst, factor: 1, positions: nil, inputs: channels, for: node)
    let result = try append(.linear(Linear(weight: weight)), reading: input.node, for: node)
    let area = shapes[result].area
    var axes = input.view.axes
    axes[axes.count - 1] = [.init(extent: shapes[result].channels, stride: area)]
    try bind(
      .activation(
        Activation(node: result, view: ActivationView(axes: axes), batchAxis: input.batchAxis)),
      to: node)
  }

  /// The number of channels, where they are the last axis and the others are positions.
  func channelsLast(_ input: Activation, for node: ONNXNode) throws(ONNXError) -> Int {
    try channels(ofAxis: input.view.axes.count, input, for: node)
  }

  /// The number of channels, where they are an axis and the others are positions.
  func channels(
    ofAxis axis: Int, _ input: Activation, for node: ONNXNode
  ) throws(ONNXError) -> Int {
    let shape = shapes[input.node]
    let channels = ActivationView.merged([.init(extent: shape.channels, stride: shape.area)])
    try node.expect(
      axis > 0 && input.view.axes[axis - 1] == channels,
      "axis \(axis) of its input \(input.view.shape.crossed) is not the channels of an image")
    return shape.channels
  }

  private mutating func addLinear(_ linear: Linear, reading input: Activation, for node: ONNXNode)
    throws(ONNXError)
  {
    let straight = Activation(node: input.node, view: ActivationView(vector: input.view.count))
    let source = try vector(straight, at: node.place).node
    let result = try append(.linear(linear), reading: source, for: node)
    let view = ActivationView(vector: shapes[result].count)
    try bind(.activation(Activation(node: result, view: view)), to: node)
  }

  /// Stores a matrix as `[outputs, inputs]`, its columns in the order of the stored input.
  ///
  /// - Returns: the parameter's name.
  private mutating func weight(
    _ matrix: Constant, order: MatrixOrder, factor: Float, reading input: Activation,
    for node: ONNXNode
  ) throws(ONNXError) -> String {
    let inputs = input.view.count
    try node.expect(
      input.view.axes.count == 1,
      "its input has \(input.view.axes.count + 1) axes; it must have 2")
    let stated = matrix.shape[order == .outputsFirst ? 1 : 0]
    try node.expect(
      stated == inputs,
      "its matrix \(matrix.shape.crossed) takes \(stated) inputs, but its input has \(inputs)")
    let isPlain = input.view == ActivationView(vector: inputs)
    return try store(
      matrix, order: order, factor: factor, positions: isPlain ? nil : input.view, inputs: inputs,
      for: node)
  }

  private mutating func store(
    _ matrix: Constant, order: MatrixOrder, factor: Float, positions: ActivationView?,
    inputs: Int, for node: ONNXNode
  ) throws(ONNXError) -> String {
    guard var tensor = matrix.floats else { throw node.error("its matrix is not floating-point") }
    let form = "\(order.rawValue) × \(factor)" + (positions.map { " \($0.axes)" } ?? "")
    if let known = parameters.name(origin: matrix.name, form: form) { return known }
    if order == .inputsFirst || positions != nil {
      try budget.charge(tensor.count, of: 4, at: node.place)
      try budget.charge(inputs, of: 16, at: node.place)
      tensor = tensor.arrangingInputs(at: positions?.positions ?? Array(0..<inputs), order)
    }
    if factor != 1 { tensor = try scaled(tensor, by: factor, for: node) }
    return try parameters.add(
      tensor, origin: matrix.name, form: form, fallback: freshName("weight", for: node),
      at: node.place)
  }

  private mutating func bias(
    _ constant: Constant, count: Int, factor: Float, for node: ONNXNode
  ) throws(ONNXError) -> String {
    guard var tensor = constant.floats, [1, count].contains(tensor.count),
      constant.shape.last ?? 1 == tensor.count
    else {
      throw node.error("its bias is \(constant.shape.crossed); it must be \(count)")
    }
    if tensor.count != count {
      try budget.charge(count, of: 4, at: node.place)
      tensor = Tensor(shape: [count], repeating: tensor[0])
    }
    if factor != 1 { tensor = try scaled(tensor, by: factor, for: node) }
    return try parameters.add(
      tensor.reshaped([count]), origin: constant.name, form: "bias of \(count) × \(factor)",
      fallback: freshName("bias", for: node), at: node.place)
  }

  private mutating func scaled(_ tensor: Tensor, by factor: Float, for node: ONNXNode)
    throws(ONNXError) -> Tensor
  {
    try budget.charge(tensor.count, of: 4, at: node.place)
    var result = tensor
    result.withUnsafeMutableElements { elements in
      for index in elements.indices { elements[index] *= factor }
    }
    return result
  }
}

/// How a file stores a matrix.
private enum MatrixOrder: String {
  case outputsFirst, inputsFirst
}

extension Tensor {
  /// The matrix as `[outputs, inputs]`, its input `i` at column `positions[i]`.
  fileprivate func arrangingInputs(at positions: [Int], _ order: MatrixOrder) -> Tensor {
    let inputs = positions.count
    let outputs = count / inputs
    let (inputStride, outputStride) = order == .inputsFirst ? (outputs, 1) : (1, inputs)
    var result = Tensor(shape: [outputs, inputs])
    withUnsafeElements { source in
      result.withUnsafeMutableElements { target in
        for output in 0..<outputs {
          for input in 0..<inputs {
            target[output * inputs + positions[input]] =
              source[input * inputStride + output * outputStride]
          }
        }
      }
    }
    return result
  }
}
