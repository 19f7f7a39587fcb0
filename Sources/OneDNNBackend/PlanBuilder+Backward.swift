internal import CKernels
internal import COneDNN
internal import Execution
internal import Graphs
internal import Tensors

extension PlanBuilder {
  /// Appends the steps that carry a stage's cotangent to its inputs.
  mutating func appendBackward(_ stage: Stage) throws(BackendError) {
    if case .image(let constants) = stage.kind {
      return appendImageGradient(stage, constants)
    }
    if case .affine(let affine, let activation) = stage.kind, affine != nil || activation == .relu {
      // Scaling applies the mask itself.
      guard let cotangent = gradient(of: stage.output, masked: false) else { return }
      return try appendAffineBackward(stage, affine, cotangent)
    }
    guard let cotangent = gradient(of: stage.output, masked: true) else { return }
    switch stage.kind {
    case .image, .affine: break
    case .convolution(let convolution, let other, _):
      try appendConvolutionBackward(stage, convolution, plus: other, cotangent)
    case .normalize(let constants):
      let factors = try OwnedMemory(vector: constants.factors, engine: network.engine)
      appendScaling(stage, factors, cotangent)
    case .silu: try appendSiLUBackward(stage, cotangent)
    case .add: appendAddBackward(stage, cotangent)
    case .maxPool(let pooling): try appendPoolBackward(stage, pooling, dnnl_pooling_max, cotangent)
    case .averagePool(let pooling):
      try appendPoolBackward(stage, pooling, pooling.averageKind, cotangent)
    case .move(let moves): appendMoveBackward(stage, moves, cotangent)
    case .flatten: appendFlattenBackward(stage, cotangent)
    }
  }

  /// Sums the contributions to a value's gradient, through its ReLU if asked for.
  private mutating func gradient(of value: Int, masked: Bool) -> ArenaPlan.Buffer? {
    guard let parts = contributions.removeValue(forKey: value), let total = parts.first else {
      return nil
    }
    let shape = kernelsShape(value)
    let mask = masked ? masks[value] : nil
    for (position, part) in parts.enumerated().dropFirst() {
      let last = position == parts.count - 1
      append(touching: [total, part] + (mask.map { [$0] } ?? [])) { resolve in
        let (sum, other, bits) = (resolve(total), resolve(part), mask.map { resolve($0).bits })
        if last, let bits { return { _ in kernels_add_masked(shape, other, bits, sum) } }
        return { _ in kernels_add(shape, sum, other, sum) }
      }
    }
    if parts.count == 1, let mask {
      append(touching: [total, mask]) { resolve in
        let (sum, bits) = (resolve(total), resolve(mask).bits)
        return { _ in kernels_apply_mask(shape, bits, sum) }
      }
    }
    return total
  }

  private mutating func appendImageGradient(_ stage: Stage, _ constants: Normalization?) {
    let total = gradient(of: stage.output, masked: false)
    let shape = kernelsShape(stage.output)
    let channels = network.input.channels
    let count = batch * network.input.count
    let deviation = constants?.deviation ?? [Float](repeating: 1, count: channels)
    append(touching: total.map { [$0] } ?? []) { resolve in
      let values = total.map { resolve($0) }
      return { bindings in
        guard let values else {
          bindings.gradients?.update(repeating: 0, count: count)
          return
        }
        kernels_unpack(shape, channels, values, deviation, bindings.gradients)
      }
    }
  }

  private mutating func appendAffineBackward(
    _ stage: Stage, _ affine: ChannelAffine?, _ cotangent: ArenaPlan.Buffer
  ) throws(BackendError) {
    let count = padded(network.shapes[stage.output].channels)
    let scale =
      if let affine {
        try network.weights.vector(affine.scale)
      } else {
        try OwnedMemory(vector: [Float](repeating: 1, count: count), engine: network.engine)
      }
    appendScaling(stage, scale, cotangent)
  }

  /// Cotangent times scale, masked by the stage's ReLU, to or onto the input's gradient.
  private mutating func appendScaling(
    _ stage: Stage, _ scale: OwnedMemory, _ cotangent: ArenaPlan.Buffer
  ) {
    let input = stage.inputs[0]
    let mask = masks[stage.output]
    let shape = kernelsShape(stage.output)
    let existing = contributions[input]?.first
    let target = existing ?? cotangent
    if existing == nil { contributions[input] = [target] }
    append(touching: [cotangent, target] + (mask.map { [$0] } ?? [])) { resolve in
      let (c, g, bits) = (resolve(cotangent), resolve(target), mask.map { resolve($0).bits })
      let a = scale.floats
      return { _ in
        if existing == nil {
          kernels_affine_backward(shape, c, a, bits, g)
        } else {
          kernels_affine_backward_add(shape, c, a, bits, g)
        }
        withExtendedLifetime(scale) {}
      }
    }
  }

  private mutating func appendAddBackward(_ stage: Stage, _ cotangent: ArenaPlan.Buffer) {
    contributions[stage.inputs[0], default: []].append(cotangent)
    // Each value owns its buffers, because sums are made in place.
    let twin = buffer(for: stage.output)
    let count = batch * network.shapes[stage.output].paddedCount
    append(touching: [cotangent, twin]) { resolve in
      let (source, target) = (resolve(cotangent), resolve(twin))
      return { _ in target.update(from: source, count: count) }
    }
    contributions[stage.inputs[1], default: []].append(twin)
  }

  private mutating func appendSiLUBackward(
    _ stage: Stage, _ cotangent: ArenaPlan.Buffer
  ) throws(BackendError) {
    let input = stage.inputs[0]
    let layout = try network.shapes[input].layout(batch: batch)
    var (data, difference) = (layout, layout)
    var operation = dnnl_eltwise_desc_t()
    try check(
      "dnnl_eltwise_backward_desc_init",
      dnnl_eltwise_backward_desc_init(&operation, dnnl_eltwise_swish, &difference, &data, 1, 0))
    let description = try PrimitiveDescription(
      &operation, attributes: Attributes(), forward: forwardDescriptions[stage.output],
      engine: network.engine)
    let gradient = buffer(for: input)
    try appendPrimitive(
      description,
      [
        (DNNL_ARG_SRC, layout, activation(input)), (DNNL_ARG_DIFF_DST, layout, cotangent),
        (DNNL_ARG_DIFF_SRC, layout, gradient),
      ])
    contributions[input, default: []].append(gradient)
  }

  private mutating func appendPoolBackward(
    _ stage: Stage, _ pooling: Pooling, _ kind: dnnl_alg_kind_t, _ cotangent: ArenaPlan.Buffer
  ) throws(BackendError) {
    let input = stage.inputs[0]
    let from = try network.shapes[input].layout(batch: batch)
    let to = try network.shapes[stage.output].layout(batch: batch)
    var (sourceLayout, targetLayout) = (from, to)
    var operation = dnnl_pooling_desc_t()
    try check(
      "dnnl_pooling_backward_desc_init",
      dnnl_pooling_backward_desc_init(
        &operation, kind, &sourceLayout, &targetLayout, pooling.stride.dimensions,
        pooling.kernel.dimensions, pooling.padding.before,
        pooling.padding.after(
          pooling.kernel, pooling.stride, from: network.shapes[input],
          to: network.shapes[stage.output])))
    let description = try PrimitiveDescription(
      &operation, attributes: Attributes(), forward: forwardDescriptions[stage.output],
      engine: network.engine)
    let gradient = buffer(for: input)
    var arguments = [(DNNL_ARG_DIFF_SRC, from, gradient), (DNNL_ARG_DIFF_DST, to, cotangent)]
    if let workspace = workspaces[stage.output] {
      arguments.append((DNNL_ARG_WORKSPACE, workspace.layout, workspace.buffer))
    }
    try appendPrimitive(description, arguments)
    contributions[input, default: []].append(gradient)
  }

  private mutating func appendMoveBackward(
    _ stage: Stage, _ moves: ChannelMoves, _ cotangent: ArenaPlan.Buffer
  ) {
    for (input, pairs) in zip(stage.inputs, moves.moves) {
      let gradient = buffer(for: input)
      let count = batch * network.shapes[input].paddedCount
      append(touching: [gradient]) { resolve in
        let values = resolve(gradient)
        return { _ in values.update(repeating: 0, count: count) }
      }
      appendCopy(
        input, gradient, stage.output, cotangent, pairs, moves, batch: batch, to: .input)
      contributions[input, default: []].append(gradient)
    }
  }

  private mutating func appendFlattenBackward(_ stage: Stage, _ cotangent: ArenaPlan.Buffer) {
    let input = stage.inputs[0]
    if network.shapes[input].area == 1 {
      contributions[input, default: []].append(cotangent)
      return
    }
    let gradient = buffer(for: input)
    let (shape, channels) = (kernelsShape(input), network.shapes[input].channels)
    append(touching: [cotangent, gradient]) { resolve in
      let (source, target) = (resolve(cotangent), resolve(gradient))
      return { _ in kernels_unflatten(shape, channels, source, target) }
    }
    contributions[input, default: []].append(gradient)
  }
}
