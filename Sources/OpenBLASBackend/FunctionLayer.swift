import Foundation
import Graphs

/// A function of each value, computed in double precision.
struct FunctionLayer: Layer {
  var function: ElementFunction

  func forward(_ values: Pass) {
    for i in values.output.indices {
      values.output[i] = Float(function.value(Double(values.inputs[0][i])))
    }
  }

  func backward(_ values: Pass, gradients: Pass) {
    for i in gradients.output.indices {
      let slope = function.slope(Double(values.inputs[0][i]))
      gradients.inputs[0][i] += Float(Double(gradients.output[i]) * slope)
    }
  }
}

extension ElementFunction {
  fileprivate func value(_ x: Double) -> Double {
    switch self {
    case .sigmoid: logistic(x)
    case .tanh: Foundation.tanh(x)
    case .gelu: x * normalShare(x)
    case .tanhGELU: x * logistic(2 * bend(x))
    case .quickGELU: x * logistic(1.702 * x)
    case .softplus: (x < 0 ? 0 : x) + log1p(exp(-abs(x)))
    case .hardSwish: x * within(x / 6 + 0.5, 0, 1)
    case .leakyReLU(let slope): x > 0 ? x : Double(slope) * x
    case .elu(let scale): x > 0 ? x : Double(scale) * expm1(x)
    // In single precision, as everywhere: where the line leaves 0…1 depends on it.
    case .hardSigmoid(let slope, let offset): Double(within(slope * Float(x) + offset, 0, 1))
    case .clamp(let lower, let upper): within(x, Double(lower), Double(upper))
    }
  }

  fileprivate func slope(_ x: Double) -> Double {
    switch self {
    case .sigmoid: return logistic(x) * logistic(-x)
    case .tanh: return 4 * logistic(2 * x) * logistic(-2 * x)
    case .gelu: return normalShare(x) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
    case .tanhGELU:
      let gate = logistic(2 * bend(x))
      let turn = 2 * steepness * (1 + 3 * cubic * x * x)
      return gate + x * gate * logistic(-2 * bend(x)) * turn
    case .quickGELU:
      let gate = logistic(1.702 * x)
      return gate + 1.702 * x * gate * logistic(-1.702 * x)
    case .softplus: return logistic(x)
    case .hardSwish: return x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5
    case .leakyReLU(let slope): return x > 0 ? 1 : Double(slope)
    case .elu(let scale): return x > 0 ? 1 : Double(scale) * exp(x)
    case .hardSigmoid(let slope, let offset):
      let y = slope * Float(x) + offset
      return y > 0 && y < 1 ? Double(slope) : 0
    case .clamp(let lower, let upper): return x > Double(lower) && x < Double(upper) ? 1 : 0
    }
  }
}

private let cubic = 0.044715
private let steepness = (2 / Double.pi).squareRoot()

private func bend(_ x: Double) -> Double { steepness * (x + cubic * x * x * x) }

private func logistic(_ x: Double) -> Double {
  let small = exp(-abs(x))
  return x < 0 ? small / (1 + small) : 1 / (1 + small)
}

private func normalShare(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

/// Not a number stays so.
private func within<Number: FloatingPoint>(
  _ x: Number, _ lower: Number, _ upper: Number
) -> Number {
  x < lower ? lower : x > upper ? upper : x
}
