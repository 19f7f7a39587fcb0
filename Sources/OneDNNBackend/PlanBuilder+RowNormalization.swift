internal import CKernels
internal import Execution
internal import Graphs
internal import Tensors

extension PlanBuilder {
  /// Channels divided by their norms; going backward reads the input again.
  mutating func appendRowNormalization(
    _ stage: Stage, _ norm: RowNormalization
  ) throws(BackendError) -> WayBack {
    let input = stage.inputs[0]
    let (source, target) = (activation(input), newActivation(stage.output))
    let (shape, team) = (kernelsShape(input), team)
    let (rows, channels) = (shape.blocks * 16, network.shapes[input].channels)
    let heads = norm.heads
    let temperature = try norm.temperature.map { name throws(BackendError) in
      try vector(name, of: heads)
    }
    let norms = buffer(of: Float.self, count: batch * rows)
    let factors = buffer(of: Float.self, count: rows)
    program.record { step in
      let (x, t) = (step.reads(source), temperature.map { step.reads($0) })
      let (n, f, y) = (step.writes(norms), step.writes(factors), step.writes(target))
      return { _ in
        for channel in 0..<rows {
          let head = channel / (channels / heads)
          f.floats[channel] = channel < channels ? t?.floats[head] ?? 1 : 0
        }
        team.run(shape) { part in
          kernels_row_norm(
            part.shape, norm.epsilon, f.floats, x.floats + part.values, n.floats + part.rows,
            y.floats + part.values)
        }
      }
    }
    return WayBack { (builder, cotangent) throws(BackendError) in
      let isTrained =
        norm.temperature != nil && builder.training?.derivatives.contains(.parameters) == true
      if !isTrained && !builder.wanted.contains(input) { return }
      let gradient = builder.buffer(for: input)
      let sums = builder.buffer(of: Double.self, count: builder.batch * rows)
      let total = isTrained ? builder.buffer(of: Float.self, count: heads) : nil
      builder.program.record { [batch = builder.batch] step in
        let (x, n, f) = (step.reads(source), step.reads(norms), step.reads(factors))
        let c = step.reads(cotangent)
        let g = step.writes(gradient, mayOverwrite: [cotangent])
        let (s, t) = (step.writes(sums), total.map { step.writes($0) })
        return { _ in
          team.run(shape) { part in
            kernels_row_norm_backward(
              part.shape, norm.epsilon, f.floats, x.floats + part.values, n.floats + part.rows,
              c.floats + part.values, g.floats + part.values, s.doubles + part.rows)
          }
          guard let t else { return }
          let width = channels / heads
          for head in 0..<heads {
            var sum = 0.0
            for image in 0..<batch {
              for channel in head * width..<(head + 1) * width {
                sum += s.doubles[image * rows + channel]
              }
            }
            t.floats[head] = Float(sum)
          }
        }
      }
      builder.contribute(gradient, to: input)
      if let name = norm.temperature, let total {
        builder.appendGradient(of: name, count: heads, total)
      }
    }
  }

  /// Sines and cosines of the positions.
  mutating func appendEncoding(_ stage: Stage, _ encoding: PositionEncoding) -> WayBack {
    let target = newActivation(stage.output)
    let (values, shape) = (encoding.values, encoding.shape)
    program.record { [batch] step in
      let y = step.writes(target)
      return { _ in
        y.floats.update(repeating: 0, count: batch * shape.paddedCount)
        for image in 0..<batch {
          for (index, value) in values.enumerated() {
            y.floats[image * shape.paddedCount + shape.blockedPlace(of: index)] = value
          }
        }
      }
    }
    return WayBack { (_, _) throws(BackendError) in }
  }
}
