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
    guard let cotangent = gradient(of: stage.output, masked: !stage.masksItself) else { return }
    switch stage.kind {
    case .image: break
    case .convolution(let convolution, let other, _):
      try appendConvolutionBackward(stage, convolution, plus: other, cotangent)
    case .batchNormalization(let norm, let other, _):
      try appendBatchNormalizationBackward(stage, norm, plus: other, cotangent)
    case .affine(let affine, _): try appendAffineBackward(stage, affine, cotangent)
    case .normalize(let constants):
      let factors = try OwnedMemory(vector: constants.factors, engine: network.engine)
      appendScaling(stage, .packed(factors), cotangent)
    case .silu: try appendSiLUBackward(stage, cotangent)
    case .add:
      for input in stage.inputs { contributions[input, default: []].append(cotangent) }
    case .maxPool(let pooling): try appendPoolBackward(stage, pooling, dnnl_pooling_max, cotangent)
    case .averagePool(let pooling):
      try appendPoolBackward(stage, pooling, pooling.averageKind, cotangent)
    case .move(let moves): appendMoveBackward(stage, moves, cotangent)
    case .flatten: appendFlattenBackward(stage, cotangent)
    }
  }

  /// Sums the contributions to a value's gradient, through its ReLU if asked for.
  private mutating func gradient(of value: Int, masked: Bool) -> ArenaPlan.Buffer? {
    guard let parts = contributions.removeValue(forKey: value), let first = parts.first else {
      return nil
    }
    let (shape, team) = (kernelsShape(value), team)
    let mask = masked ? masks[value] : nil
    if parts.count == 1 && mask == nil { return first }
    // Sums are made in place, unless the place is needed again.
    let total =
      parts.prefix(2).first { holders(of: $0) == 0 && !parts.dropFirst(2).contains($0) }
      ?? buffer(for: value)
    if parts.count == 1, let mask {
      append(touching: [first, total, mask]) { resolve in
        let (c, sum, bits) = (resolve(first), resolve(total), resolve(mask).bits)
        return { _ in
          team.run(shape) { part in
            kernels_apply_mask(
              part.shape, c + part.values, bits + part.pixels, sum + part.values)
          }
        }
      }
    }
    for (position, next) in parts.enumerated().dropFirst() {
      let before = position == 1 ? first : total
      let mask = position == parts.count - 1 ? mask : nil
      append(touching: [before, next, total] + (mask.map { [$0] } ?? [])) { resolve in
        let (left, right, sum) = (resolve(before), resolve(next), resolve(total))
        let bits = mask.map { resolve($0).bits }
        return { _ in
          team.run(shape) { part in
            let (left, right) = (left + part.values, right + part.values)
            if let bits {
              kernels_add_masked(
                part.shape, left, right, bits + part.pixels, sum + part.values)
            } else {
              kernels_add(part.shape, left, right, sum + part.values)
            }
          }
        }
      }
    }
    return total
  }

  /// What a kernel adds to and writes to when it contributes to a value's gradient.
  ///
  /// - Parameters:
  ///   - value: whose gradient is summed up.
  ///   - cotangent: what the kernel reads; it is overwritten if nobody needs it any more.
  /// - Returns: a contribution to be added, if there is one, and the buffer of the result.
  mutating func accumulator(
    for value: Int, replacing cotangent: ArenaPlan.Buffer
  ) -> (addend: ArenaPlan.Buffer?, target: ArenaPlan.Buffer) {
    let existing = contributions[value]?.first
    let target: ArenaPlan.Buffer
    if let existing, holders(of: existing) == 1 {
      target = existing
    } else {
      target = holders(of: cotangent) == 0 ? cotangent : buffer(for: value)
    }
    contributions[value] = [target] + (contributions[value]?.dropFirst() ?? [])
    return (existing, target)
  }

  /// How many contributions to gradients that are still to be summed up are in a buffer.
  private func holders(of buffer: ArenaPlan.Buffer) -> Int {
    contributions.values.reduce(0) { count, parts in
      count + parts.count { $0 == buffer }
    }
  }

  private mutating func appendImageGradient(_ stage: Stage, _ constants: Normalization?) {
    if !wanted.contains(stage.output) || training?.derivatives.contains(.input) == false { return }
    let total = gradient(of: stage.output, masked: false)
    let (shape, team) = (kernelsShape(stage.output), team)
    let channels = network.input.channels
    let (batch, count) = (batch, network.input.count)
    let deviation = constants?.deviation ?? [Float](repeating: 1, count: channels)
    append(touching: total.map { [$0] } ?? []) { resolve in
      let values = total.map { resolve($0) }
      return { bindings in
        guard let gradients = bindings.gradients else { return }
        guard let values else { return gradients.update(repeating: 0, count: batch * count) }
        team.run(shape) { part in
          kernels_unpack(
            part.shape, channels, values + part.values, deviation,
            gradients + part.image * count)
        }
      }
    }
  }

  private mutating func appendAffineBackward(
    _ stage: Stage, _ affine: ChannelAffine?, _ cotangent: ArenaPlan.Buffer
  ) throws(BackendError) {
    guard let affine else {
      let ones = [Float](
        repeating: 1, count: padded(network.shapes[stage.output].channels))
      return appendScaling(
        stage, .packed(try OwnedMemory(vector: ones, engine: network.engine)), cotangent)
    }
    if training?.derivatives.contains(.parameters) == true {
      try appendAffineGradients(stage, affine, cotangent)
    }
    appendScaling(
      stage, try vector(affine.scale, of: network.shapes[stage.output].channels), cotangent)
  }

  /// The gradients of scale and shift.
  private mutating func appendAffineGradients(
    _ stage: Stage, _ affine: ChannelAffine, _ cotangent: ArenaPlan.Buffer
  ) throws(BackendError) {
    let (source, mask) = (activation(stage.inputs[0]), masks[stage.output])
    let shape = kernelsShape(stage.output)
    let rows = shape.blocks * 16
    let zeros = try OwnedMemory(
      vector: [Float](repeating: 0, count: rows), engine: network.engine)
    let parts = buffer(bytes: (2 * batch + 2) * rows * MemoryLayout<Double>.stride)
    let results = [
      buffer(bytes: rows * MemoryLayout<Float>.stride),
      buffer(bytes: rows * MemoryLayout<Float>.stride),
    ]
    let touched = [source, cotangent, parts] + results
    append(touching: touched + (mask.map { [$0] } ?? [])) { resolve in
      let (c, x, bits) = (resolve(cotangent), resolve(source), mask.map { resolve($0).bits })
      let sums = resolve(parts).doubles
      let products = sums + shape.images * rows
      let totals = products + shape.images * rows
      let (scale, shift) = (resolve(results[0]), resolve(results[1]))
      return { _ in
        kernels_cotangent_sums(shape, c, bits, x, zeros.floats, sums, products)
        kernels_total(shape, products, totals)
        kernels_total(shape, sums, totals + rows)
        for channel in 0..<rows {
          scale[channel] = Float(totals[channel])
          shift[channel] = Float(totals[rows + channel])
        }
      }
    }
    let channels = network.shapes[stage.output].channels
    appendGradient(of: affine.scale, count: channels, results[0])
    appendGradient(of: affine.shift, count: channels, results[1])
  }

  /// Cotangent times scale, masked by the stage's ReLU, to or onto the input's gradient.
  private mutating func appendScaling(
    _ stage: Stage, _ scale: Operand, _ cotangent: ArenaPlan.Buffer
  ) {
    let mask = masks[stage.output]
    let (shape, team) = (kernelsShape(stage.output), team)
    let (addend, target) = accumulator(for: stage.inputs[0], replacing: cotangent)
    let touched = [cotangent, target] + scale.buffers + (addend.map { [$0] } ?? [])
    append(touching: touched + (mask.map { [$0] } ?? [])) { resolve in
      let (c, g, bits) = (resolve(cotangent), resolve(target), mask.map { resolve($0).bits })
      let (a, z) = (scale.floats(resolve), addend.map { resolve($0) })
      return { _ in
        team.run(shape) { part in
          kernels_affine_backward(
            part.shape, c + part.values, a, bits.map { $0 + part.pixels },
            z.map { $0 + part.values }, g + part.values)
        }
        withExtendedLifetime(scale) {}
      }
    }
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

extension Stage {
  /// Whether the stage's own backward kernel applies the mask of its ReLU.
  fileprivate var masksItself: Bool {
    switch kind {
    case .affine: true
    case .batchNormalization(_, let other, _): other == nil
    case .image, .convolution, .normalize, .silu, .add, .maxPool, .averagePool, .move, .flatten:
      false
    }
  }
}
