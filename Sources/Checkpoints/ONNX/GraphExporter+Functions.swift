import Graphs

extension GraphExporter {
  /// A function of each value; those that opset 17 does not have are put together.
  mutating func add(_ function: ElementFunction, _ position: Int) -> Value {
    let source = input(of: position)
    return Value(name: append(function, of: source.name), isVector: source.isVector)
  }

  private mutating func append(_ function: ElementFunction, of x: String) -> String {
    switch function {
    case .sigmoid: return append("Sigmoid", [x])
    case .tanh: return append("Tanh", [x])
    case .softplus: return append("Softplus", [x])
    case .hardSwish: return append("HardSwish", [x])
    case .leakyReLU(let slope): return append("LeakyRelu", [x], [.init("alpha", slope)])
    case .elu(let scale): return append("Elu", [x], [.init("alpha", scale)])
    case .hardSigmoid(let slope, let offset):
      return append("HardSigmoid", [x], [.init("alpha", slope), .init("beta", offset)])
    case .clamp(let lower, let upper):
      return append("Clip", [x, scalar(lower), scalar(upper)])
    case .gelu:
      let error = append("Erf", [append("Div", [x, scalar(Float(2).squareRoot())])])
      let doubled = append("Mul", [x, append("Add", [error, scalar(1)])])
      return append("Mul", [doubled, scalar(0.5)])
    case .tanhGELU:
      let square = append("Mul", [x, x])
      let factor = append("Mul", [square, scalar(1.5957691 * 0.044715)])
      let bend = append("Mul", [x, append("Add", [factor, scalar(1.5957691)])])
      return append("Mul", [x, append("Sigmoid", [bend])])
    case .quickGELU:
      return append("Mul", [x, append("Sigmoid", [append("Mul", [x, scalar(1.702)])])])
    }
  }
}
