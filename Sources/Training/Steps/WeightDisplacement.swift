internal import Tensors

/// How far adversarial weight perturbation moves the weights of a step.
///
/// γ‖w‖/‖g‖ · g for every tensor named `weight` with at least two axes, in Frobenius norms.
struct WeightDisplacement {
  let tensors: [String: Tensor]

  init(along gradient: LossGradient, at parameters: [String: Tensor], size: Double) {
    var tensors: [String: Tensor] = [:]
    for (name, slope) in gradient.tensors
    where name.contains("weight") && slope.shape.count >= 2 {
      guard let weight = parameters[name] else { continue }
      let factor = Self.factor(
        weight: weight.squaredNorm.squareRoot(), gradient: slope.squaredNorm.squareRoot(),
        size: size)
      var displacement = slope
      displacement.withUnsafeMutableElements { elements in
        for position in elements.indices {
          elements[position] = Float(factor * Double(elements[position]))
        }
      }
      tensors[name] = displacement
    }
    self.tensors = tensors
  }

  /// What a gradient is multiplied by; a gradient of zero moves nothing.
  static func factor(weight: Double, gradient: Double, size: Double) -> Double {
    gradient > 0 ? size * weight / gradient : 0
  }

  /// Moves the weights there.
  func apply(to parameters: inout [String: Tensor]) {
    move(&parameters) { $0 + $1 }
  }

  /// Moves them back by as much.
  func undo(in parameters: inout [String: Tensor]) {
    move(&parameters) { $0 - $1 }
  }

  private func move(
    _ parameters: inout [String: Tensor], _ combine: (Float, Float) -> Float
  ) {
    for (name, displacement) in tensors {
      parameters[name]?.withUnsafeMutableElements { weights in
        displacement.withUnsafeElements { displacement in
          for position in weights.indices {
            weights[position] = combine(weights[position], displacement[position])
          }
        }
      }
    }
  }
}
