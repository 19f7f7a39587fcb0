import Foundation
import Graphs

/// Functions as textbooks write them, in double precision.
extension ElementFunction {
  func reference(_ x: Double) -> Double {
    switch self {
    case .sigmoid: return 1 / (1 + exp(-x))
    case .tanh: return Foundation.tanh(x)
    case .gelu: return x / 2 * (1 + erf(x / 2.0.squareRoot()))
    case .tanhGELU:
      return x / 2 * (1 + Foundation.tanh(0.7978845608028654 * x + 0.0356774081363001 * x * x * x))
    case .quickGELU: return x / (1 + exp(-1.702 * x))
    case .softplus: return log(1 + exp(x))
    case .hardSwish: return x * min(max(x + 3, 0), 6) / 6
    case .leakyReLU(let slope): return max(x, 0) + Double(slope) * min(x, 0)
    case .elu(let scale): return max(x, 0) + Double(scale) * (exp(min(x, 0)) - 1)
    case .hardSigmoid(let slope, let offset):
      return min(max(Double(slope) * x + Double(offset), 0), 1)
    case .clamp(let lower, let upper): return min(max(x, Double(lower)), Double(upper))
    }
  }

  func referenceSlope(_ x: Double) -> Double {
    switch self {
    case .sigmoid:
      let y = reference(x)
      return y * (1 - y)
    case .tanh: return 1 - reference(x) * reference(x)
    case .gelu:
      return (1 + erf(x / 2.0.squareRoot())) / 2 + x * exp(-x * x / 2) * 0.3989422804014327
    case .tanhGELU:
      let t = Foundation.tanh(0.7978845608028654 * x + 0.0356774081363001 * x * x * x)
      return (1 + t) / 2
        + x / 2 * (1 - t * t) * (0.7978845608028654 + 0.1070322244089003 * x * x)
    case .quickGELU:
      let gate = 1 / (1 + exp(-1.702 * x))
      return gate * (1 + 1.702 * x * (1 - gate))
    case .softplus: return 1 / (1 + exp(-x))
    case .hardSwish: return x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6
    case .leakyReLU(let slope): return x > 0 ? 1 : Double(slope)
    case .elu(let scale): return x > 0 ? 1 : Double(scale) * exp(x)
    case .hardSigmoid(let slope, let offset):
      let y = Double(slope) * x + Double(offset)
      return 0 < y && y < 1 ? Double(slope) : 0
    case .clamp(let lower, let upper): return Double(lower) < x && x < Double(upper) ? 1 : 0
    }
  }
}
