import Graphs
import Tensors

extension GraphImporter {
  /// Imports one node of the file.
  ///
  /// - Throws: ``ONNXError`` when its operator, an attribute or an input is not supported.
  mutating func add(_ node: ONNXNode) throws(ONNXError) {
    if try foldsToConstant(node) { return }
    if try addedToScores(node) { return }
    if try addedFunction(node) { return }
    switch node.operation {
    case "Conv": try addConvolution(node)
    case "BatchNormalization": try addBatchNormalization(node)
    case "Add", "Sub", "Mul", "Div": try addArithmetic(node)
    case "Neg": try addNegative(node)
    case "MaxPool": try addMaxPool(node)
    case "AveragePool": try addAveragePool(node)
    case "GlobalAveragePool": try addGlobalAveragePool(node)
    case "ReduceMean": try addReduceMean(node)
    case "Pad": try addPad(node)
    case "Gemm": try addGemm(node)
    case "MatMul": try addMatMul(node)
    case "LayerNormalization": try addLayerNormalization(node)
    case LayerNormPattern.operation: try addBareLayerNormalization(node)
    case RowNormPattern.operation: try addRowNormalization(node)
    case MeanSparsePattern.operation: try addMeanSparse(node)
    case "Concat": try addConcat(node)
    case "Sum": try addSum(node)
    case "PRelu": try addPReLU(node)
    case "GlobalMaxPool": try addGlobalMaxPool(node)
    case "ReduceSum", "ReduceMax": try addReduction(node)
    case "Slice": try addSlice(node)
    case "Gather": try addGather(node)
    case "Split": try addSplit(node)
    case "Identity": try bind(.activation(try anyActivation(0, of: node)), to: node)
    case "Cast": try addCast(node)
    case "Dropout": try addDropout(node)
    case "Flatten": try addFlatten(node)
    case "Reshape": try addReshape(node)
    case "Squeeze": try addSqueeze(node)
    case "Unsqueeze": try addUnsqueeze(node)
    case "Transpose": try addTranspose(node)
    case "Softmax", "LogSoftmax": try removeSoftmax(node)
    case "Erf":
      throw node.error("it is supported inside of x · (1 + Erf(x/√2)) / 2 only, which is a GELU")
    default: throw node.error("the operator, of opset \(opset), is not supported")
    }
  }

  private mutating func addCast(_ node: ONNXNode) throws(ONNXError) {
    let type = try node.integer("to") ?? 0
    try node.expect(
      [ElementType.float, .double, .float16].contains { Int($0.rawValue) == type },
      "it casts an activation to type \(type); only floating-point types are supported")
    if type == Int(ElementType.float16.rawValue) {
      note("computes in float32 what the file computes in float16")
    }
    try bind(.activation(try anyActivation(0, of: node)), to: node)
  }

  private mutating func addDropout(_ node: ONNXNode) throws(ONNXError) {
    let training = try constant(2, of: node)?.integers ?? [0]
    try node.expect(training == [0], "it is in training mode; export in evaluation mode")
    try bind(.activation(try anyActivation(0, of: node)), to: node)
  }

  private mutating func removeSoftmax(_ node: ONNXNode) throws(ONNXError) {
    let logits = try activation(0, of: node)
    try node.expect(
      node.outputs.first.map(isOutput) ?? false, "it is supported as the last node only")
    try node.expect(
      logits.view.axes.count == 1, "it has \(logits.view.axes.count + 1) axes; it must have 2")
    let axis = try node.axis(try node.integer("axis") ?? -1, rank: 2)
    try node.expect(axis == 1, "it runs over the batch")
    note("removed the final \(node.operation), so that the outputs are logits")
    try bind(.activation(logits), to: node)
  }

  private mutating func addBatchNormalization(_ node: ONNXNode) throws(ONNXError) {
    let training = try node.isSet("training_mode")
    try node.expect(!training, "it is in training mode; export in evaluation mode")
    try node.expect(
      node.outputs.dropFirst().allSatisfy(\.isEmpty),
      "it has outputs for training; export in evaluation mode")
    let input = try plain(try activation(0, of: node), at: node.place)
    let epsilon = try node.float("epsilon") ?? 1e-5
    try node.expect(epsilon.isFinite && epsilon >= 0, "epsilon is \(epsilon)")
    var names: [String] = []
    for (position, kind) in ["weight", "bias", "running_mean", "running_var"].enumerated() {
      names.append(try parameter(position + 1, of: node, kind: kind, rank: 1))
    }
    let variance = parameters.tensors[names[3]]?.elements ?? []
    try node.expect(
      variance.allSatisfy { Double($0) + Double(epsilon) > 0 }, "a variance is not positive")
    let operation = Operation.batchNormalization(
      BatchNormalization(
        weight: names[0], bias: names[1], mean: names[2], variance: names[3],
        epsilon: Double(epsilon)))
    let result = try append(operation, reading: input.node, for: node)
    try bind(.activation(Activation(node: result, view: input.view)), to: node)
  }

  /// Stores a constant input as a parameter, as it is.
  ///
  /// - Returns: the parameter's name.
  mutating func parameter(_ position: Int, of node: ONNXNode, kind: String, rank: Int)
    throws(ONNXError) -> String
  {
    let constant = try tensor(position, of: node, rank: rank)
    return try store(constant, kind: kind, for: node)
  }

  /// Stores a constant as a parameter, as it is.
  ///
  /// - Returns: the parameter's name.
  mutating func store(_ constant: Constant, kind: String, for node: ONNXNode) throws(ONNXError)
    -> String
  {
    guard let tensor = constant.floats else { throw node.error("\(kind) is not floating-point") }
    return try parameters.add(
      tensor, origin: constant.name, form: "plain \(constant.shape)",
      fallback: freshName(kind, for: node), at: node.place)
  }

  /// A name for a parameter without one of its own, for instance `conv7.weight`.
  func freshName(_ kind: String, for node: ONNXNode) -> String {
    "\(node.operation.lowercased())\(graph.nodes.count).\(kind)"
  }
}
