internal import CKernels
internal import Execution
internal import Graphs

/// Gradients are sums of what the readers of a value contribute.
extension PlanBuilder {
  /// Makes a buffer a part of the gradient of a value, if somebody needs that.
  mutating func contribute(_ part: Buffer, to value: Int) {
    if wanted.contains(value) { contributions[value, default: []].append(part) }
  }

  /// Sums the contributions to a value's gradient, through its ReLU if there are bits of one.
  ///
  /// - Returns: nil if nothing contributes.
  mutating func gradient(of value: Int, through mask: Buffer?) -> Buffer? {
    guard let parts = contributions.removeValue(forKey: value), let first = parts.first else {
      return nil
    }
    if parts.count == 1 { return mask.map { masked(first, by: $0, value) } ?? first }
    var total = first
    for (position, next) in parts.enumerated().dropFirst() {
      let mask = position == parts.count - 1 ? mask : nil
      total = sum(of: total, next, through: mask, value)
    }
    return total
  }

  private mutating func masked(_ part: Buffer, by mask: Buffer, _ value: Int) -> Buffer {
    let (total, shape, team) = (buffer(for: value), kernelsShape(value), team)
    program.record { step in
      let (c, bits) = (step.reads(part), step.reads(mask))
      let sum = step.writes(total, mayOverwrite: [part])
      return { _ in
        team.run(shape) { part in
          kernels_apply_mask(
            part.shape, c.floats + part.values, bits.bits + part.pixels,
            sum.floats + part.values)
        }
      }
    }
    return total
  }

  private mutating func sum(
    of first: Buffer, _ second: Buffer, through mask: Buffer?, _ value: Int
  ) -> Buffer {
    let (total, shape, team) = (buffer(for: value), kernelsShape(value), team)
    program.record { step in
      let (x, z, bits) = (step.reads(first), step.reads(second), mask.map { step.reads($0) })
      let sum = step.writes(total, mayOverwrite: [first, second])
      return { _ in
        team.run(shape) { part in
          let (left, right) = (x.floats + part.values, z.floats + part.values)
          let target = sum.floats + part.values
          if let bits {
            kernels_add_masked(part.shape, left, right, bits.bits + part.pixels, target)
          } else {
            kernels_add(part.shape, left, right, target)
          }
        }
      }
    }
    return total
  }

  /// Lets a kernel that can add contribute to a value's gradient.
  ///
  /// - Returns: a contribution to be added, if there is one, and the buffer of the result.
  mutating func accumulator(for value: Int) -> (addend: Buffer?, target: Buffer) {
    let others = contributions[value] ?? []
    let target = buffer(for: value)
    contributions[value] = [target] + others.dropFirst()
    return (others.first, target)
  }

  /// Cotangent times scale, masked by a ReLU's bits, to or onto the gradient of a value.
  mutating func appendScaling(
    _ scale: Operand, mask: Buffer?, _ cotangent: Buffer, to value: Int
  ) {
    if !wanted.contains(value) { return }
    let (shape, team) = (kernelsShape(value), team)
    let (addend, target) = accumulator(for: value)
    program.record { step in
      let (c, a, z) = (step.reads(cotangent), step.reads(scale), addend.map { step.reads($0) })
      let bits = mask.map { step.reads($0) }
      let g = step.writes(
        target, mayOverwrite: [addend, cotangent].compactMap { $0 })
      return { _ in
        team.run(shape) { part in
          kernels_affine_backward(
            part.shape, c.floats + part.values, a.floats, bits.map { $0.bits + part.pixels },
            z.map { $0.floats + part.values }, g.floats + part.values)
        }
      }
    }
  }
}
