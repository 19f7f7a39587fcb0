import Graphs
import Tensors

/// Operators that compute each value from the one in its place.
extension GraphImporter {
  /// Imports an operator if it is such a function.
  ///
  /// - Returns: whether it was.
  mutating func addedFunction(_ node: ONNXNode) throws(ONNXError) -> Bool {
    switch node.operation {
    case "Relu": try addElementwise(.relu, node)
    case "Tanh": try addElementwise(.elementwise(.tanh), node)
    case "Softplus": try addElementwise(.elementwise(.softplus), node)
    case "HardSwish": try addElementwise(.elementwise(.hardSwish), node)
    case "LeakyRelu":
      let slope = try node.float("alpha") ?? 0.01
      try addElementwise(.elementwise(.leakyReLU(slope: slope)), node)
    case "Elu":
      try addElementwise(.elementwise(.elu(scale: try node.float("alpha") ?? 1)), node)
    case "HardSigmoid":
      let function = ElementFunction.hardSigmoid(
        slope: try node.float("alpha") ?? 0.2, offset: try node.float("beta") ?? 0.5)
      try addElementwise(.elementwise(function), node)
    case "Abs": try addElementwise(.elementwise(.leakyReLU(slope: -1)), node)
    case "Selu":
      let factor = try node.float("gamma") ?? 1.050701
      let scale = try node.float("alpha") ?? 1.6732632
      var result = try anyActivation(0, of: node)
      result.node = try append(.elementwise(.elu(scale: scale)), reading: result.node, for: node)
      try bind(.activation(try scaled(result, by: factor, node)), to: node)
    case "Gelu": try addGELU(node)
    case "Clip": try addClip(node)
    case "Max", "Min": try addBound(node)
    case "Sigmoid": try bind(.sigmoid(try anyActivation(0, of: node)), to: node)
    default: return false
    }
    return true
  }

  private mutating func addElementwise(_ operation: Operation, _ node: ONNXNode) throws(ONNXError) {
    var result = try anyActivation(0, of: node)
    result.node = try append(operation, reading: result.node, for: node)
    try bind(.activation(result), to: node)
  }

  private mutating func addGELU(_ node: ONNXNode) throws(ONNXError) {
    let form = try node.string("approximate") ?? "none"
    try node.expect(
      ["none", "tanh"].contains(form), "approximate is \(form.quotedName); none and tanh are known")
    try addElementwise(.elementwise(form == "tanh" ? .tanhGELU : .gelu), node)
  }

  private mutating func addClip(_ node: ONNXNode) throws(ONNXError) {
    let lower = try bound("min", 1, of: node) ?? -.greatestFiniteMagnitude
    let upper = try bound("max", 2, of: node) ?? .greatestFiniteMagnitude
    if upper == .greatestFiniteMagnitude, lower == -upper || lower == 0 {
      if lower == 0 { return try addElementwise(.relu, node) }
      return try bind(.activation(try anyActivation(0, of: node)), to: node)
    }
    try addElementwise(.elementwise(.clamp(lower: lower, upper: upper)), node)
  }

  /// Imports the larger or smaller of an activation and a number, in either order.
  private mutating func addBound(_ node: ONNXNode) throws(ONNXError) {
    try node.expect(node.inputs.count == 2, "it has \(node.inputs.count) inputs; 2 are supported")
    var position = 1
    if case .constant = try value(0, of: node) { position = 0 }
    let other = try value(position, of: node)
    if case .activation = try settled(other, node) { return try addLarger(node) }
    guard let tensor = try constant(position, of: node)?.floats, tensor.count == 1,
      tensor[0].isFinite
    else {
      throw node.error("it has no finite number among its inputs, which is what is supported")
    }
    var result = try anyActivation(1 - position, of: node)
    let isLower = node.operation == "Max"
    let operation: Operation =
      isLower && tensor[0] == 0
      ? .relu
      : .elementwise(
        .clamp(
          lower: isLower ? tensor[0] : -.greatestFiniteMagnitude,
          upper: isLower ? .greatestFiniteMagnitude : tensor[0]))
    result.node = try append(operation, reading: result.node, for: node)
    try bind(.activation(result), to: node)
  }

  /// A bound of a Clip: an attribute before opset 11, later an input.
  private mutating func bound(_ name: String, _ position: Int, of node: ONNXNode)
    throws(ONNXError) -> Float?
  {
    if let stated = try node.float(name) { return finite(stated) }
    guard let constant = try constant(position, of: node) else { return nil }
    guard let tensor = constant.floats, tensor.count == 1 else {
      throw node.error("\(name) is no single floating-point number")
    }
    return finite(tensor[0])
  }

  /// An infinite bound as one that no number reaches.
  private func finite(_ bound: Float) -> Float {
    bound.isInfinite ? (bound < 0 ? -1 : 1) * .greatestFiniteMagnitude : bound
  }

  /// A Sigmoid as an activation of its own, however often it is read.
  mutating func settled(_ value: ONNXValue?, _ node: ONNXNode) throws(ONNXError) -> ONNXValue? {
    guard case .sigmoid(let input) = value else { return value }
    if let known = sigmoids[input] { return .activation(known) }
    let position = try append(.elementwise(.sigmoid), reading: input.node, for: node)
    let result = Activation(
      node: position, view: input.view, batchAxis: input.batchAxis)
    sigmoids[input] = result
    return .activation(result)
  }
}
