internal import CKernels
internal import COneDNN
internal import Execution
internal import Graphs
internal import Tensors

extension PlanBuilder {
  mutating func appendForward(_ stage: Stage) throws(BackendError) {
    switch stage.kind {
    case .image(let constants): appendImage(stage, constants)
    case .convolution(let convolution, let other, let activation):
      try appendConvolution(stage, convolution, plus: other, activation)
    case .batchNormalization(let norm, let other, let activation):
      try appendBatchNormalization(stage, norm, plus: other, activation)
    case .affine(let affine, let activation): try appendAffine(stage, affine, activation)
    case .normalize(let constants): try appendNormalization(stage, constants)
    case .silu: try appendSiLU(stage)
    case .add(let activation): appendAdd(stage, activation)
    case .maxPool(let pooling): try appendPool(stage, pooling, dnnl_pooling_max)
    case .averagePool(let pooling): try appendPool(stage, pooling, pooling.averageKind)
    case .move(let moves): appendMove(stage, moves)
    case .flatten: appendFlatten(stage)
    }
  }

  private mutating func appendImage(_ stage: Stage, _ constants: Normalization?) {
    let target = buffer(for: stage.output)
    let shape = kernelsShape(stage.output)
    let channels = network.input.channels
    let mean = constants?.mean ?? [Float](repeating: 0, count: channels)
    let deviation = constants?.deviation ?? [Float](repeating: 1, count: channels)
    activations[stage.output] = target
    let isPlanar = planarImage == stage.output
    let (team, count) = (team, network.input.count)
    append(touching: [target]) { resolve in
      let values = resolve(target)
      if isPlanar {
        return { bindings in
          kernels_normalize_planar(shape, channels, bindings.images, mean, deviation, values)
        }
      }
      return { bindings in
        guard let images = bindings.images else { return }
        team.run(shape) { part in
          kernels_pack(
            part.shape, channels, images + part.image * count, mean, deviation,
            values + part.values)
        }
      }
    }
  }

  private mutating func appendAffine(
    _ stage: Stage, _ affine: ChannelAffine?, _ activation: Stage.Activation
  ) throws(BackendError) {
    let source = self.activation(stage.inputs[0])
    let target = buffer(for: stage.output)
    let mask = newMask(for: stage.output, activation)
    let shape = kernelsShape(stage.output)
    let scale = try affine.map { affine throws(BackendError) in
      let channels = network.shapes[stage.output].channels
      return (
        try vector(affine.scale, of: channels), try vector(affine.shift, of: channels)
      )
    }
    let team = team
    activations[stage.output] = target
    let touched = [source, target] + (mask.map { [$0] } ?? [])
    append(
      touching: touched + (scale.map { $0.0.buffers + $0.1.buffers } ?? [])
    ) { resolve in
      let (x, y, bits) = (resolve(source), resolve(target), mask.map { resolve($0).bits })
      guard let (scale, shift) = scale else {
        return { _ in
          team.run(shape) { part in
            kernels_relu(
              part.shape, x + part.values, y + part.values, bits.map { $0 + part.pixels })
          }
        }
      }
      let (a, b) = (scale.floats(resolve), shift.floats(resolve))
      switch activation {
      case .none: return { _ in kernels_affine(shape, x, a, b, y) }
      case .relu: return { _ in kernels_affine_relu(shape, x, a, b, y, bits) }
      }
    }
  }

  /// A normalisation that is not the network's first operation.
  private mutating func appendNormalization(
    _ stage: Stage, _ constants: Normalization
  ) throws(BackendError) {
    let source = activation(stage.inputs[0])
    let target = buffer(for: stage.output)
    let shape = kernelsShape(stage.output)
    let scale = constants.factors
    let shift = try OwnedMemory(
      vector: zip(constants.mean, constants.deviation).map { -$0 / $1 },
      engine: network.engine)
    let factors = try OwnedMemory(vector: scale, engine: network.engine)
    activations[stage.output] = target
    append(touching: [source, target]) { resolve in
      let (x, y, a, b) = (resolve(source), resolve(target), factors.floats, shift.floats)
      return { _ in
        kernels_affine(shape, x, a, b, y)
        withExtendedLifetime((factors, shift)) {}
      }
    }
  }

  private mutating func appendAdd(_ stage: Stage, _ activation: Stage.Activation) {
    let (left, right) = (self.activation(stage.inputs[0]), self.activation(stage.inputs[1]))
    let target = buffer(for: stage.output)
    let mask = newMask(for: stage.output, activation)
    let (shape, team) = (kernelsShape(stage.output), team)
    activations[stage.output] = target
    append(touching: [left, right, target] + (mask.map { [$0] } ?? [])) { resolve in
      let (x, z, y) = (resolve(left), resolve(right), resolve(target))
      let bits = mask.map { resolve($0).bits }
      return { _ in
        team.run(shape) { part in
          let y = y + part.values
          kernels_add(part.shape, x + part.values, z + part.values, y)
          if activation == .relu {
            kernels_relu(part.shape, y, y, bits.map { $0 + part.pixels })
          }
        }
      }
    }
  }

  private mutating func appendMove(_ stage: Stage, _ moves: ChannelMoves) {
    let target = buffer(for: stage.output)
    let shape = network.shapes[stage.output]
    let count = batch * shape.paddedCount
    let batch = batch
    activations[stage.output] = target
    let sources = stage.inputs.map { activation($0) }
    append(touching: sources + [target]) { resolve in
      let y = resolve(target)
      return { _ in
        y.update(repeating: 0, count: count)
        if moves.fill != 0 { shape.fill(y, batch: batch, with: moves.fill) }
      }
    }
    for (input, pairs) in zip(stage.inputs, moves.moves) {
      appendCopy(
        input, activation(input), stage.output, target, pairs, moves, batch: batch, to: .output)
    }
  }

  private mutating func appendFlatten(_ stage: Stage) {
    let input = stage.inputs[0]
    let source = activation(input)
    if network.shapes[input].area == 1 {
      activations[stage.output] = source
      return
    }
    let target = buffer(for: stage.output)
    let (shape, channels) = (kernelsShape(input), network.shapes[input].channels)
    activations[stage.output] = target
    append(touching: [source, target]) { resolve in
      let (x, y) = (resolve(source), resolve(target))
      return { _ in kernels_flatten(shape, channels, x, y) }
    }
  }

  private mutating func appendSiLU(_ stage: Stage) throws(BackendError) {
    let source = activation(stage.inputs[0])
    let target = buffer(for: stage.output)
    let layout = try network.shapes[stage.output].layout(batch: batch)
    var data = layout
    var operation = dnnl_eltwise_desc_t()
    try check(
      "dnnl_eltwise_forward_desc_init",
      dnnl_eltwise_forward_desc_init(
        &operation, dnnl_forward_training, dnnl_eltwise_swish, &data, 1, 0))
    let description = try PrimitiveDescription(
      &operation, attributes: Attributes(), engine: network.engine)
    forwardDescriptions[stage.output] = description
    activations[stage.output] = target
    try appendPrimitive(
      description,
      [(DNNL_ARG_SRC, layout, source), (DNNL_ARG_DST, layout, target)])
  }

  private mutating func appendPool(
    _ stage: Stage, _ pooling: Pooling, _ kind: dnnl_alg_kind_t
  ) throws(BackendError) {
    let input = stage.inputs[0]
    let source = activation(input)
    let target = buffer(for: stage.output)
    let from = try network.shapes[input].layout(batch: batch)
    let to = try network.shapes[stage.output].layout(batch: batch)
    var (sourceLayout, targetLayout) = (from, to)
    var operation = dnnl_pooling_desc_t()
    try check(
      "dnnl_pooling_forward_desc_init",
      dnnl_pooling_forward_desc_init(
        &operation, dnnl_forward_training, kind, &sourceLayout, &targetLayout,
        pooling.stride.dimensions, pooling.kernel.dimensions, pooling.padding.before,
        pooling.padding.after(
          pooling.kernel, pooling.stride, from: network.shapes[input],
          to: network.shapes[stage.output])))
    let description = try PrimitiveDescription(
      &operation, attributes: Attributes(), engine: network.engine)
    forwardDescriptions[stage.output] = description
    activations[stage.output] = target
    var arguments = [(DNNL_ARG_SRC, from, source), (DNNL_ARG_DST, to, target)]
    let workspace = description.layout(dnnl_query_workspace_md)
    if byteCount(workspace) > 0 {
      let memory = buffer(bytes: byteCount(workspace))
      workspaces[stage.output] = (workspace, memory)
      arguments.append((DNNL_ARG_WORKSPACE, workspace, memory))
    }
    try appendPrimitive(description, arguments)
  }
}

extension PlanBuilder {
  /// A mask buffer where a gradient will need one.
  mutating func newMask(
    for value: Int, _ activation: Stage.Activation
  ) -> ArenaPlan.Buffer? {
    guard differentiates, activation == .relu else { return nil }
    let mask = maskBuffer(for: value)
    masks[value] = mask
    return mask
  }

  /// Which end of a move receives.
  enum Direction {
    case output
    case input
  }

  /// Copies channels between an input and the output of a move.
  mutating func appendCopy(
    _ input: Int, _ inputBuffer: ArenaPlan.Buffer, _ output: Int, _ outputBuffer: ArenaPlan.Buffer,
    _ pairs: [(from: Int, to: Int)], _ moves: ChannelMoves, batch: Int, to direction: Direction
  ) {
    let (small, large) = (network.shapes[input], network.shapes[output])
    let (from, to) = (pairs.map { Int32($0.from) }, pairs.map { Int32($0.to) })
    // A padding of 0 keeps the image's own window; a larger output holds it at its offset.
    let inputWindow = small.window(top: 0, left: 0)
    let outputWindow = large.window(top: moves.top, left: moves.left)
    append(touching: [inputBuffer, outputBuffer]) { resolve in
      let (x, y) = (resolve(inputBuffer), resolve(outputBuffer))
      switch direction {
      case .output:
        return { _ in
          kernels_copy_channels(
            batch, small.height, small.width, inputWindow, from, x, outputWindow, to, y,
            from.count)
        }
      case .input:
        return { _ in
          kernels_copy_channels(
            batch, small.height, small.width, outputWindow, to, y, inputWindow, from, x,
            from.count)
        }
      }
    }
  }

  /// Appends a primitive with its arguments and scratchpad.
  mutating func appendPrimitive(
    _ description: PrimitiveDescription,
    _ arguments: [(argument: Int32, layout: Layout, buffer: ArenaPlan.Buffer)],
    weights: [(argument: Int32, layout: Layout, operand: Operand)] = []
  ) throws(BackendError) {
    let primitive = try Primitive(description)
    var arguments = arguments
    var constants: [(argument: Int32, memory: Memory)] = []
    for (argument, layout, operand) in weights {
      switch operand {
      case .packed(let memory): constants.append((argument, memory.memory))
      case .buffer(let buffer): arguments.append((argument, layout, buffer))
      }
    }
    let scratchpad = description.layout(dnnl_query_scratchpad_md)
    if byteCount(scratchpad) > 0 {
      arguments.append((DNNL_ARG_SCRATCHPAD, scratchpad, buffer(bytes: byteCount(scratchpad))))
    }
    let engine = network.engine
    append(touching: arguments.map(\.buffer)) {
      [arguments, constants] resolve throws(BackendError) in
      var memories = constants.map(\.memory)
      var list = constants.map { dnnl_exec_arg_t(arg: $0.argument, memory: $0.memory.handle) }
      for (argument, layout, buffer) in arguments {
        let memory = try Memory(layout, at: resolve(buffer), engine: engine)
        memories.append(memory)
        list.append(dnnl_exec_arg_t(arg: argument, memory: memory.handle))
      }
      let stream = try Stream(on: engine)
      return { _ throws(BackendError) in
        try primitive.execute(in: stream, list)
        withExtendedLifetime(memories) {}
      }
    }
  }
}

extension OwnedMemory {
  var floats: UnsafePointer<Float> {
    UnsafePointer(values.assumingMemoryBound(to: Float.self))
  }

  /// A vector padded with zeros to whole blocks.
  convenience init(vector: [Float], engine: Engine) throws(BackendError) {
    try self.init(memoryLayout([padded(vector.count)], dnnl_a), engine: engine)
    values.assumingMemoryBound(to: Float.self).update(from: vector, count: vector.count)
  }
}

extension Normalization {
  /// 1 / deviation per channel.
  var factors: [Float] { deviation.map { 1 / $0 } }
}

extension Pooling {
  var averageKind: dnnl_alg_kind_t {
    switch divisor {
    case .window: dnnl_pooling_avg_include_padding
    case .inside: dnnl_pooling_avg_exclude_padding
    }
  }
}

extension Size {
  var dimensions: [dnnl_dim_t] { [dnnl_dim_t(height), dnnl_dim_t(width)] }
}

extension Padding {
  var before: [dnnl_dim_t] { [dnnl_dim_t(top), dnnl_dim_t(left)] }

  /// What oneDNN needs below and to the right so that its output size is exactly the given one.
  ///
  /// Rows that no window reaches are cut off by a smaller, even negative, padding.
  func after(
    _ kernel: Size, _ stride: Size, from input: FeatureShape, to output: FeatureShape
  ) -> [dnnl_dim_t] {
    [
      dnnl_dim_t((output.height - 1) * stride.height + kernel.height - input.height - top),
      dnnl_dim_t((output.width - 1) * stride.width + kernel.width - input.width - left),
    ]
  }
}

extension FeatureShape {
  func window(top: Int, left: Int) -> kernels_window {
    kernels_window(
      blocks: padded(channels) / 16, height: height, width: width, top: top, left: left)
  }

  /// Sets every value of the real channels.
  func fill(_ values: UnsafeMutablePointer<Float>, batch: Int, with value: Float) {
    for image in 0..<batch {
      for channel in 0..<channels {
        let plane = values + image * paddedCount + channel / 16 * area * 16 + channel % 16
        for pixel in 0..<area { plane[pixel * 16] = value }
      }
    }
  }
}
