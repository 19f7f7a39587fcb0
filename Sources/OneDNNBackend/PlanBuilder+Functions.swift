internal import CKernels
internal import Execution
internal import Graphs
internal import Tensors

/// Functions of one value and products, and their ways back, which read the inputs again.
extension PlanBuilder {
  /// A function of each value.
  mutating func appendFunction(_ stage: Stage, _ function: ElementFunction) -> WayBack {
    let input = stage.inputs[0]
    let source = activation(input)
    let target = newActivation(stage.output)
    let (shape, team, channels) = (
      kernelsShape(stage.output), team, network.shapes[stage.output].channels
    )
    let kernel = function.kernel
    program.record { step in
      let (x, y) = (step.reads(source), step.writes(target, mayOverwrite: [source]))
      return { _ in
        team.run(shape) { part in
          kernels_apply(
            part.shape, channels, kernel, x.floats + part.values, y.floats + part.values)
        }
      }
    }
    return WayBack { (builder, cotangent) throws(BackendError) in
      if !builder.wanted.contains(input) { return }
      let gradient = builder.buffer(for: input)
      builder.program.record { step in
        let (x, c) = (step.reads(source), step.reads(cotangent))
        let g = step.writes(gradient, mayOverwrite: [cotangent])
        return { _ in
          team.run(shape) { part in
            kernels_apply_backward(
              part.shape, kernel, x.floats + part.values, c.floats + part.values,
              g.floats + part.values)
          }
        }
      }
      builder.contribute(gradient, to: input)
    }
  }

  /// The product of two values, the second of which may have one pixel.
  mutating func appendProduct(_ stage: Stage) -> WayBack {
    let (left, right) = (stage.inputs[0], stage.inputs[1])
    let target = newActivation(stage.output)
    appendProduct(activation(left), activation(right), of: right, target, like: stage.output)
    let sources = [activation(left), activation(right)]
    return WayBack { (builder, cotangent) throws(BackendError) in
      if builder.wanted.contains(left) {
        let gradient = builder.buffer(for: left)
        builder.appendProduct(cotangent, sources[1], of: right, gradient, like: left)
        builder.contribute(gradient, to: left)
      }
      if builder.wanted.contains(right) {
        let gradient = builder.buffer(for: right)
        if builder.network.shapes[right] == builder.network.shapes[left] {
          builder.appendProduct(cotangent, sources[0], of: left, gradient, like: left)
        } else {
          builder.appendSums(ofProducts: cotangent, sources[0], gradient, like: left)
        }
        builder.contribute(gradient, to: right)
      }
    }
  }

  private mutating func appendProduct(
    _ left: Buffer, _ right: Buffer, of factor: Int, _ target: Buffer, like value: Int
  ) {
    let (shape, team, other) = (kernelsShape(value), team, kernelsShape(factor))
    program.record { step in
      let (x, z) = (step.reads(left), step.reads(right))
      let y = step.writes(target)
      return { _ in
        team.run(shape) { part in
          kernels_multiply(
            part.shape, x.floats + part.values, other.area,
            z.floats + part.image * other.blocks * other.area * 16, y.floats + part.values)
        }
      }
    }
  }

  private mutating func appendSums(
    ofProducts left: Buffer, _ right: Buffer, _ target: Buffer, like value: Int
  ) {
    let (shape, team) = (kernelsShape(value), team)
    program.record { step in
      let (x, z, y) = (step.reads(left), step.reads(right), step.writes(target))
      return { _ in
        team.run(shape) { part in
          kernels_product_sums(
            part.shape, x.floats + part.values, z.floats + part.values, y.floats + part.rows)
        }
      }
    }
  }
}

extension ElementFunction {
  /// The function as the kernels know it.
  fileprivate var kernel: kernels_function {
    func named(_ name: kernels_function_name, _ first: Float = 0, _ second: Float = 0)
      -> kernels_function
    {
      kernels_function(name: name, first: first, second: second)
    }
    return switch self {
    case .sigmoid: named(kernels_sigmoid)
    case .tanh: named(kernels_tanh)
    case .gelu: named(kernels_gelu)
    case .tanhGELU: named(kernels_tanh_gelu)
    case .quickGELU: named(kernels_quick_gelu)
    case .softplus: named(kernels_softplus)
    case .hardSwish: named(kernels_hard_swish)
    case .leakyReLU(let slope): named(kernels_leaky_relu, slope)
    case .elu(let scale): named(kernels_elu, scale)
    case .hardSigmoid(let slope, let offset): named(kernels_hard_sigmoid, slope, offset)
    case .clamp(let lower, let upper): named(kernels_clamp, lower, upper)
    }
  }
}
