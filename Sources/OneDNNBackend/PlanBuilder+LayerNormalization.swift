internal import CKernels
internal import Execution
internal import Graphs
internal import Tensors

/// What a layer normalisation found at each pixel: means, and 1/√(variance + ε).
private struct PixelMoments {
  let centers: Buffer
  let factors: Buffer
}

extension PlanBuilder {
  /// A layer normalisation; going backward reads its input again.
  mutating func appendLayerNormalization(
    _ stage: Stage, _ norm: LayerNormalization
  ) throws(BackendError) -> WayBack {
    let input = stage.inputs[0]
    let (source, target) = (activation(input), newActivation(stage.output))
    let channels = network.shapes[input].channels
    let (shape, team) = (kernelsShape(input), team)
    let weight = try vector(norm.weight, of: channels)
    let bias = try vector(norm.bias, of: channels)
    let pixels = shape.images * shape.area
    let moments = PixelMoments(
      centers: buffer(of: Float.self, count: pixels),
      factors: buffer(of: Float.self, count: pixels))
    program.record { step in
      let (x, a, b) = (step.reads(source), step.reads(weight), step.reads(bias))
      let (y, center) = (step.writes(target), step.writes(moments.centers))
      let factor = step.writes(moments.factors)
      return { _ in
        team.run(shape) { part in
          let place = part.image * shape.area
          kernels_layer_norm(
            part.shape, channels, norm.epsilon, x.floats + part.values, a.floats, b.floats,
            center.floats + place, factor.floats + place, y.floats + part.values)
        }
      }
    }
    return WayBack { (builder, cotangent) throws(BackendError) in
      if builder.training?.derivatives.contains(.parameters) == true {
        builder.appendGradients(norm, moments, of: input, cotangent)
      }
      if !builder.wanted.contains(input) { return }
      let weight = try builder.vector(norm.weight, of: channels)
      let gradient = builder.buffer(for: input)
      builder.program.record { step in
        let (x, a, c) = (step.reads(source), step.reads(weight), step.reads(cotangent))
        let (center, factor) = (step.reads(moments.centers), step.reads(moments.factors))
        let g = step.writes(gradient, mayOverwrite: [cotangent])
        return { _ in
          team.run(shape) { part in
            let place = part.image * shape.area
            kernels_layer_norm_backward(
              part.shape, channels, x.floats + part.values, center.floats + place,
              factor.floats + place, a.floats, c.floats + part.values, g.floats + part.values)
          }
        }
      }
      builder.contribute(gradient, to: input)
    }
  }

  /// Hands the gradients of weight and bias over: sums of one row for each image.
  private mutating func appendGradients(
    _ norm: LayerNormalization, _ moments: PixelMoments, of input: Int, _ cotangent: Buffer
  ) {
    let (shape, team, source) = (kernelsShape(input), team, activation(input))
    let rows = shape.blocks * 16
    let parts = buffer(of: Double.self, count: (2 * batch + 2) * rows)
    let (weight, bias) = (buffer(of: Float.self, count: rows), buffer(of: Float.self, count: rows))
    program.record { step in
      let (x, c) = (step.reads(source), step.reads(cotangent))
      let (center, factor) = (step.reads(moments.centers), step.reads(moments.factors))
      let (space, a, b) = (step.writes(parts), step.writes(weight), step.writes(bias))
      return { _ in
        let sums = space.doubles
        let products = sums + shape.images * rows
        let totals = products + shape.images * rows
        team.run(shape) { part in
          let place = part.image * shape.area
          kernels_layer_norm_sums(
            part.shape, x.floats + part.values, center.floats + place, factor.floats + place,
            c.floats + part.values, sums + part.rows, products + part.rows)
        }
        kernels_total(shape, products, totals)
        kernels_total(shape, sums, totals + rows)
        for channel in 0..<rows {
          a.floats[channel] = Float(totals[channel])
          b.floats[channel] = Float(totals[rows + channel])
        }
      }
    }
    let channels = network.shapes[input].channels
    appendGradient(of: norm.weight, count: channels, weight)
    appendGradient(of: norm.bias, count: channels, bias)
  }

  /// Means in place of values near them; going backward reads the values again.
  mutating func appendMeanSparse(
    _ stage: Stage, _ sparse: MeanSparse
  ) throws(BackendError) -> WayBack {
    let input = stage.inputs[0]
    let (source, target) = (activation(input), newActivation(stage.output))
    let channels = network.shapes[input].channels
    let (shape, team) = (kernelsShape(input), team)
    let mean = try vector(sparse.mean, of: channels)
    let variance = try vector(sparse.variance, of: channels)
    let threshold = try vector(sparse.threshold, of: 1)
    program.record { step in
      let (m, v, t) = (step.reads(mean), step.reads(variance), step.reads(threshold))
      let (x, y) = (step.reads(source), step.writes(target))
      return { _ in
        team.run(shape) { part in
          kernels_mean_sparse(
            part.shape, m.floats, v.floats, t.floats[0], x.floats + part.values,
            y.floats + part.values)
        }
      }
    }
    return WayBack { (builder, cotangent) throws(BackendError) in
      if !builder.wanted.contains(input) { return }
      let mean = try builder.vector(sparse.mean, of: channels)
      let variance = try builder.vector(sparse.variance, of: channels)
      let threshold = try builder.vector(sparse.threshold, of: 1)
      let gradient = builder.buffer(for: input)
      builder.program.record { step in
        let (m, v, t) = (step.reads(mean), step.reads(variance), step.reads(threshold))
        let (x, c) = (step.reads(source), step.reads(cotangent))
        let g = step.writes(gradient, mayOverwrite: [cotangent])
        return { _ in
          team.run(shape) { part in
            kernels_mean_sparse_backward(
              part.shape, m.floats, v.floats, t.floats[0], x.floats + part.values,
              c.floats + part.values, g.floats + part.values)
          }
        }
      }
      builder.contribute(gradient, to: input)
    }
  }
}
