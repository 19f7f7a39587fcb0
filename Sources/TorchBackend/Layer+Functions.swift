internal import Execution
internal import Graphs
internal import Tensors

/// Functions of one value in the library's operators, of which only those that take no numbers can
/// be called by name.
extension Layer {
  /// The function of each value.
  func value(
    of function: ElementFunction, at x: TorchTensor
  ) throws(BackendError) -> TorchTensor {
    switch function {
    case .sigmoid: return try context.operate("aten::sigmoid", [.tensor(x)])
    case .tanh: return try context.operate("aten::tanh", [.tensor(x)])
    case .gelu: return try context.operate("aten::gelu", [.tensor(x), .text("none")])
    case .tanhGELU: return try context.operate("aten::gelu", [.tensor(x), .text("tanh")])
    case .quickGELU:
      let scaled = try context.product(x, numbers[0])
      let result = try context.operate("aten::silu", [.tensor(scaled)])
      return try asActivation(try context.quotient(result, numbers[0]))
    case .softplus:
      let size = try context.operate("aten::abs", [.tensor(x)])
      let small = try context.operate(
        "aten::exp", [.tensor(try context.operate("aten::neg", [.tensor(size)]))])
      return try context.sum(
        try context.operate("aten::relu", [.tensor(x)]),
        try context.operate("aten::log1p", [.tensor(small)]))
    case .hardSwish: return try context.operate("aten::hardswish", [.tensor(x)])
    case .leakyReLU(let slope):
      let positive = try context.operate("aten::relu", [.tensor(x)])
      return try context.sum(
        positive, try context.sum(x, positive, times: -1), times: Double(slope))
    case .elu(let scale):
      let positive = try context.operate("aten::relu", [.tensor(x)])
      let rest = try context.sum(x, positive, times: -1)
      return try context.sum(
        positive, try context.operate("aten::expm1", [.tensor(rest)]), times: Double(scale))
    case .hardSigmoid: return try asActivation(try within(try line(x), numbers[2], numbers[3]))
    case .clamp: return try asActivation(try within(x, numbers[0], numbers[1]))
    }
  }

  /// The cotangent times the function's derivative.
  func gradient(
    of function: ElementFunction, at x: TorchTensor, _ slope: TorchTensor
  ) throws(BackendError) -> TorchTensor {
    switch function {
    case .sigmoid, .tanh:
      let y = try value(of: function, at: x)
      return function == .tanh
        ? try context.operate("aten::tanh_backward", [.tensor(slope), .tensor(y)])
        : try context.operate("aten::sigmoid_backward", [.tensor(slope), .tensor(y)])
    case .gelu:
      return try context.operate(
        "aten::gelu_backward", [.tensor(slope), .tensor(x), .text("none")])
    case .tanhGELU:
      return try context.operate(
        "aten::gelu_backward", [.tensor(slope), .tensor(x), .text("tanh")])
    case .quickGELU:
      let scaled = try asActivation(try context.product(x, numbers[0]))
      return try context.operate("aten::silu_backward", [.tensor(slope), .tensor(scaled)])
    case .softplus:
      return try context.product(slope, try context.operate("aten::sigmoid", [.tensor(x)]))
    case .hardSwish:
      return try context.operate("aten::hardswish_backward", [.tensor(slope), .tensor(x)])
    case .leakyReLU(let factor):
      let positive = try wherePositive(x, slope)
      return try context.sum(
        positive, try context.sum(slope, positive, times: -1), times: Double(factor))
    case .elu(let scale):
      let positive = try wherePositive(x, slope)
      let rest = try context.sum(
        x, try context.operate("aten::relu", [.tensor(x)]), times: -1)
      let change = try context.product(
        try context.sum(slope, positive, times: -1),
        try context.operate("aten::exp", [.tensor(rest)]))
      return try context.sum(positive, change, times: Double(scale))
    case .hardSigmoid:
      let inside = try whereWithin(try line(x), numbers[2], numbers[3], slope)
      return try asActivation(try context.product(inside, numbers[0]))
    case .clamp: return try whereWithin(x, numbers[0], numbers[1], slope)
    }
  }

  private var numbers: [TorchTensor] {
    guard case .numbers(let numbers) = constants else {
      preconditionFailure("a function has its numbers")
    }
    return numbers
  }

  private func asActivation(_ x: TorchTensor) throws(BackendError) -> TorchTensor {
    try inActivationType(x, sizes)
  }

  private func line(_ x: TorchTensor) throws(BackendError) -> TorchTensor {
    try context.sum(try context.product(x, numbers[0]), numbers[1])
  }

  private func within(
    _ x: TorchTensor, _ lower: TorchTensor, _ upper: TorchTensor
  ) throws(BackendError) -> TorchTensor {
    let bounded = try context.operate("aten::maximum", [.tensor(x), .tensor(lower)])
    return try context.operate("aten::minimum", [.tensor(bounded), .tensor(upper)])
  }

  private func wherePositive(
    _ x: TorchTensor, _ slope: TorchTensor
  ) throws(BackendError) -> TorchTensor {
    let rectified = try context.operate("aten::relu", [.tensor(x)])
    let mask = try context.operate("aten::logical_not", [.tensor(rectified)])
    return try context.operate(
      "aten::masked_fill", "Tensor", [.tensor(slope), .tensor(mask), .tensor(context.zero)])
  }

  private func whereWithin(
    _ x: TorchTensor, _ lower: TorchTensor, _ upper: TorchTensor, _ slope: TorchTensor
  ) throws(BackendError) -> TorchTensor {
    let below = try context.operate("aten::le", "Tensor", [.tensor(x), .tensor(lower)])
    let above = try context.operate("aten::ge", "Tensor", [.tensor(x), .tensor(upper)])
    let outside = try context.operate("aten::logical_or", [.tensor(below), .tensor(above)])
    return try context.operate(
      "aten::masked_fill", "Tensor", [.tensor(slope), .tensor(outside), .tensor(context.zero)])
  }
}

extension ElementFunction {
  /// The numbers that operators read as tensors.
  var constants: [Float] {
    switch self {
    case .sigmoid, .tanh, .gelu, .tanhGELU, .softplus, .hardSwish, .leakyReLU, .elu: []
    case .quickGELU: [1.702]
    case .hardSigmoid(let slope, let offset): [slope, offset, 0, 1]
    case .clamp(let lower, let upper): [lower, upper]
    }
  }
}
