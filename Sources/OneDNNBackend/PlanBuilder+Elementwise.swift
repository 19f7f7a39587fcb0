internal import CKernels
internal import COneDNN
internal import Execution
internal import Graphs
internal import Tensors

/// Stages that compute each value from those in its place, and their ways back.
extension PlanBuilder {
  /// max(x, 0).
  mutating func appendReLU(_ stage: Stage) -> WayBack {
    let input = stage.inputs[0]
    let source = activation(input)
    let target = newActivation(stage.output)
    let mask = mask(for: stage.output, .relu)
    let (shape, team) = (kernelsShape(stage.output), team)
    program.record { step in
      let (x, y) = (step.reads(source), step.writes(target, mayOverwrite: [source]))
      let bits = mask.map { step.writes($0) }
      return { _ in
        team.run(shape) { part in
          kernels_relu(
            part.shape, x.floats + part.values, y.floats + part.values,
            bits.map { $0.bits + part.pixels })
        }
      }
    }
    let channels = network.shapes[stage.output].channels
    return WayBack { (builder, cotangent) throws(BackendError) in
      let ones = try OwnedMemory(
        vector: [Float](repeating: 1, count: padded(channels)), engine: builder.network.engine)
      builder.appendScaling(.packed(ones), mask: mask, cotangent, to: input)
    }
  }

  /// Scale and shift a channel, then the activation.
  mutating func appendAffine(
    _ stage: Stage, _ affine: ChannelAffine, _ activation: Stage.Activation
  ) throws(BackendError) -> WayBack {
    let input = stage.inputs[0]
    let channels = network.shapes[stage.output].channels
    let scale = try vector(affine.scale, of: channels)
    let shift = try affine.shift.map { name throws(BackendError) in
      try vector(name, of: channels)
    }
    let zeros = try OwnedMemory(
      vector: [Float](repeating: 0, count: channels), engine: network.engine)
    let mask = mask(for: stage.output, activation)
    appendAffine(stage, scale, shift ?? .packed(zeros), activation, mask)
    return WayBack { (builder, cotangent) throws(BackendError) in
      if builder.training?.derivatives.contains(.parameters) == true {
        try builder.appendAffineGradients(stage, affine, mask, cotangent)
      }
      let scale = try builder.vector(affine.scale, of: channels)
      builder.appendScaling(scale, mask: mask, cotangent, to: input)
    }
  }

  /// A normalisation that is not the network's first operation.
  mutating func appendNormalization(
    _ stage: Stage, _ constants: Normalization
  ) throws(BackendError) -> WayBack {
    let input = stage.inputs[0]
    let factors = try OwnedMemory(
      vector: constants.deviation.map { 1 / $0 }, engine: network.engine)
    let shift = try OwnedMemory(
      vector: zip(constants.mean, constants.deviation).map { -$0 / $1 }, engine: network.engine)
    appendAffine(stage, .packed(factors), .packed(shift), .none, nil)
    return WayBack { (builder, cotangent) throws(BackendError) in
      builder.appendScaling(.packed(factors), mask: nil, cotangent, to: input)
    }
  }

  private mutating func appendAffine(
    _ stage: Stage, _ scale: Operand, _ shift: Operand, _ activation: Stage.Activation,
    _ mask: Buffer?
  ) {
    let source = self.activation(stage.inputs[0])
    let target = newActivation(stage.output)
    let shape = kernelsShape(stage.output)
    program.record { step in
      let (x, y) = (step.reads(source), step.writes(target))
      let (a, b) = (step.reads(scale), step.reads(shift))
      let bits = mask.map { step.writes($0) }
      switch activation {
      case .none: return { _ in kernels_affine(shape, x.floats, a.floats, b.floats, y.floats) }
      case .relu:
        return { _ in
          kernels_affine_relu(shape, x.floats, a.floats, b.floats, y.floats, bits?.bits)
        }
      }
    }
  }

  /// The gradients of scale and shift.
  private mutating func appendAffineGradients(
    _ stage: Stage, _ affine: ChannelAffine, _ mask: Buffer?, _ cotangent: Buffer
  ) throws(BackendError) {
    let source = activation(stage.inputs[0])
    let shape = kernelsShape(stage.output)
    let rows = shape.blocks * 16
    let zeros = try OwnedMemory(
      vector: [Float](repeating: 0, count: rows), engine: network.engine)
    let parts = buffer(of: Double.self, count: (2 * batch + 2) * rows)
    let (scale, shift) = (buffer(of: Float.self, count: rows), buffer(of: Float.self, count: rows))
    program.record { step in
      let (c, x, bits) = (step.reads(cotangent), step.reads(source), mask.map { step.reads($0) })
      let center = step.reads(Operand.packed(zeros))
      let (space, a, b) = (step.writes(parts), step.writes(scale), step.writes(shift))
      return { _ in
        let sums = space.doubles
        let products = sums + shape.images * rows
        let totals = products + shape.images * rows
        kernels_cotangent_sums(
          shape, c.floats, bits?.bits, x.floats, center.floats, sums, products)
        kernels_total(shape, products, totals)
        kernels_total(shape, sums, totals + rows)
        for channel in 0..<rows {
          a.floats[channel] = Float(totals[channel])
          b.floats[channel] = Float(totals[rows + channel])
        }
      }
    }
    let channels = network.shapes[stage.output].channels
    appendGradient(of: affine.scale, count: channels, scale)
    if let name = affine.shift { appendGradient(of: name, count: channels, shift) }
  }

  /// A sum, then the activation.
  mutating func appendAdd(_ stage: Stage, _ activation: Stage.Activation) -> WayBack {
    let (left, right) = (self.activation(stage.inputs[0]), self.activation(stage.inputs[1]))
    let target = newActivation(stage.output)
    let mask = mask(for: stage.output, activation)
    let (shape, team) = (kernelsShape(stage.output), team)
    program.record { step in
      let (x, z) = (step.reads(left), step.reads(right))
      let y = step.writes(target, mayOverwrite: [left, right])
      let bits = mask.map { step.writes($0) }
      return { _ in
        team.run(shape) { part in
          let sum = y.floats + part.values
          kernels_add(part.shape, x.floats + part.values, z.floats + part.values, sum)
          if activation == .relu {
            kernels_relu(part.shape, sum, sum, bits.map { $0.bits + part.pixels })
          }
        }
      }
    }
    return WayBack(mask: mask) { (builder, cotangent) throws(BackendError) in
      for input in stage.inputs { builder.contribute(cotangent, to: input) }
    }
  }

  /// x · σ(x); going backward reads x again.
  ///
  /// Calls `dnnl_eltwise_forward_desc_init` and `dnnl_eltwise_backward_desc_init`.
  mutating func appendSiLU(_ stage: Stage) throws(BackendError) -> WayBack {
    let input = stage.inputs[0]
    let source = activation(input)
    let target = newActivation(stage.output)
    let layout = try network.shapes[stage.output].layout(batch: batch)
    var data = layout
    var operation = dnnl_eltwise_desc_t()
    try check(
      "dnnl_eltwise_forward_desc_init",
      dnnl_eltwise_forward_desc_init(
        &operation, dnnl_forward_training, dnnl_eltwise_swish, &data, 1, 0))
    let forward = try PrimitiveDescription(
      &operation, attributes: Attributes(), engine: network.engine)
    try appendPrimitive(
      forward, reads: [.init(DNNL_ARG_SRC, source, layout)],
      writes: [.init(DNNL_ARG_DST, target, layout)])
    return WayBack { (builder, cotangent) throws(BackendError) in
      if !builder.wanted.contains(input) { return }
      var (data, difference) = (layout, layout)
      var operation = dnnl_eltwise_desc_t()
      try check(
        "dnnl_eltwise_backward_desc_init",
        dnnl_eltwise_backward_desc_init(&operation, dnnl_eltwise_swish, &difference, &data, 1, 0))
      let gradient = builder.buffer(for: input)
      try builder.appendPrimitive(
        PrimitiveDescription(
          &operation, attributes: Attributes(), forward: forward, engine: builder.network.engine),
        reads: [.init(DNNL_ARG_SRC, source, layout), .init(DNNL_ARG_DIFF_DST, cotangent, layout)],
        writes: [.init(DNNL_ARG_DIFF_SRC, gradient, layout)])
      builder.contribute(gradient, to: input)
    }
  }
}

extension OwnedMemory {
  /// A vector padded with zeros to whole blocks.
  convenience init(vector: [Float], engine: Engine) throws(BackendError) {
    try self.init(memoryLayout([padded(vector.count)], dnnl_a), engine: engine)
    values.assumingMemoryBound(to: Float.self).update(from: vector, count: vector.count)
  }
}
