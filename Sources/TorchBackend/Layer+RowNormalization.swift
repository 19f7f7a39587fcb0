internal import Execution
internal import Graphs
internal import Tensors

/// Channels divided by their norms.
extension Layer {
  private var rows: [Int] { [batch, output.channels, output.area] }

  func rowNormalized(
    _ x: TorchTensor, _ norm: RowNormalization, keeps: Bool
  ) throws(BackendError) -> (TorchTensor, Kept) {
    guard case .rowNormalization(let epsilon, let temperature) = constants else {
      preconditionFailure("a normalisation has its constants")
    }
    let source = try context.reshaped(x, rows)
    let squares = try context.total(try context.product(source, source), over: [2])
    let root = try context.operate(
      "aten::sqrt", [.tensor(try context.reshaped(squares, [batch, output.channels, 1]))])
    let divisor = try context.operate("aten::maximum", [.tensor(root), .tensor(epsilon)])
    let normal = try context.quotient(source, divisor)
    let result = try scaled(normal, norm, temperature)
    return (
      try mapped(result),
      keeps ? .normalization(input: normal, mean: root, deviation: divisor) : .nothing
    )
  }

  func rowNormalizedBack(
    _ slope: TorchTensor, _ norm: RowNormalization, _ kept: Kept, _ wantsInput: Bool
  ) throws(BackendError) -> LayerGradients {
    guard case .rowNormalization(let epsilon, let temperature) = constants,
      case .normalization(let normal, let root, let divisor) = kept
    else { preconditionFailure("a normalisation keeps what it gave") }
    let cotangent = try context.reshaped(slope, rows)
    var result = LayerGradients(inputs: [nil])
    if wantsInput {
      let g = try scaled(cotangent, norm, temperature)
      let sums = try context.reshaped(
        try context.total(try context.product(g, normal), over: [2]), [batch, output.channels, 1])
      let isNorm = try context.operate(
        "aten::gt", "Tensor", [.tensor(root), .tensor(epsilon)])
      let tilt = try context.product(sums, isNorm)
      let along = try context.product(normal, tilt)
      let gradient = try context.quotient(try context.sum(g, along, times: -1), divisor)
      result.inputs = [Cotangent(tensor: try mapped(gradient), isOwned: true)]
    }
    if isTrained {
      let products = try context.reshaped(
        try context.product(cotangent, normal),
        [batch, norm.heads, output.channels / norm.heads * output.area])
      result.parameters = [try context.total(products, over: [0, 2])]
    }
    return result
  }

  /// Times the factor of each head.
  private func scaled(
    _ x: TorchTensor, _ norm: RowNormalization, _ temperature: TorchTensor?
  ) throws(BackendError) -> TorchTensor {
    guard let temperature else { return x }
    let width = output.channels / norm.heads
    let repeated = try context.operate(
      "aten::expand",
      [
        .tensor(try context.reshaped(temperature, [norm.heads, 1])),
        .integers([norm.heads, width]), .flag(false),
      ])
    return try context.product(
      x, try context.reshaped(repeated, [1, output.channels, 1]))
  }

  /// A map in the type and order of activations.
  private func mapped(_ x: TorchTensor) throws(BackendError) -> TorchTensor {
    let result = try context.reshaped(x, sizes)
    return context.isAccelerator || context.activation != context.single
      ? try context.arranged(result, sizes) : result
  }
}
