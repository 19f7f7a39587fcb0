internal import CKernels
internal import Execution
internal import Graphs
internal import Tensors

/// An attention with everything that its kernels read besides activations.
///
/// Unchecked because the lists are only read.
private final class AttentionKernel: @unchecked Sendable {
  let plan: AttentionPlan
  /// The lists of the plan where they stay for the kernels.
  private let lists: [UnsafeMutableBufferPointer<Int32>]
  let description: kernels_attention
  /// The channels of queries, keys and values, and of what comes out.
  let channels: [kernels_channels]
  let output: kernels_channels
  /// How many floats a thread works in.
  let room: Int

  init(_ attention: Attention, inputs: [FeatureShape], output: FeatureShape, bias: [Int]?) {
    let keys = inputs.count == 1 ? inputs[0] : inputs[1]
    plan = AttentionPlan(attention, queries: inputs[0], keys: keys, bias: bias)
    lists = [plan.queries, plan.keys, plan.regions, plan.biasPlaces].map { list in
      let copy = UnsafeMutableBufferPointer<Int32>.allocate(capacity: max(list.count, 1))
      _ = copy.update(fromContentsOf: list)
      return copy
    }
    description = kernels_attention(
      heads: attention.heads, width: output.channels / attention.heads, windows: plan.windows,
      queries: plan.queriesInWindow, keys: plan.keysInWindow, scale: attention.scale,
      query_places: lists[0].baseAddress, key_places: lists[1].baseAddress,
      regions: plan.regions.isEmpty ? nil : lists[2].baseAddress,
      bias_places: plan.biasPlaces.isEmpty ? nil : lists[3].baseAddress, bias_step: plan.biasStep)
    channels = (0..<3).map { part in
      let shape = inputs.count == 1 ? inputs[0] : inputs[part]
      return kernels_channels(
        blocks: padded(shape.channels) / 16, area: shape.area,
        first: inputs.count == 1 ? part * output.channels : 0)
    }
    self.output = kernels_channels(
      blocks: padded(output.channels) / 16, area: output.area, first: 0)
    room = kernels_attention_room(description)
  }

  deinit { for list in lists { list.deallocate() } }
}

extension kernels_channels {
  /// Where the values of an image begin.
  fileprivate func start(of image: Int) -> Int { image * blocks * area * 16 }
}

extension PlanBuilder {
  /// Attention; going backward reads its inputs again and computes the shares anew.
  mutating func appendAttention(
    _ stage: Stage, _ attention: Attention
  ) throws(BackendError) -> WayBack {
    let inputs = stage.inputs
    let biasShape = attention.bias.flatMap { network.weightShapes[$0] }
    let kernel = AttentionKernel(
      attention, inputs: inputs.map { network.shapes[$0] }, output: network.shapes[stage.output],
      bias: biasShape)
    let sources = (0..<3).map { activation(inputs[inputs.count == 1 ? 0 : $0]) }
    let target = newActivation(stage.output)
    let (shape, team) = (kernelsShape(stage.output), team)
    let count = biasShape?.reduce(1, *) ?? 0
    let bias = try attention.bias.map { name throws(BackendError) in try vector(name, of: count) }
    let room = buffer(of: Float.self, count: team.threads * kernel.room)
    program.record { step in
      let x = sources.map { step.reads($0) }
      let (b, y, space) = (bias.map { step.reads($0) }, step.writes(target), step.writes(room))
      return { _ in
        team.run(shape) { part in
          let places = kernel.channels.map { $0.start(of: part.image) }
          kernels_attend(
            kernel.description, part.shape.images, kernel.channels[0], x[0].floats + places[0],
            kernel.channels[1], x[1].floats + places[1], kernel.channels[2],
            x[2].floats + places[2], b?.floats, kernel.output, y.floats + part.values,
            space.floats + part.number * kernel.room)
        }
      }
    }
    return WayBack { (builder, cotangent) throws(BackendError) in
      try builder.appendBack(
        kernel, inputs, sources, bias: attention.bias, count: count, cotangent)
    }
  }

  private mutating func appendBack(
    _ kernel: AttentionKernel, _ inputs: [Int], _ sources: [Buffer], bias name: String?,
    count: Int, _ cotangent: Buffer
  ) throws(BackendError) {
    let isTrained = name != nil && training?.derivatives.contains(.parameters) == true
    if !isTrained && !inputs.contains(where: wanted.contains) { return }
    let (shape, team) = (kernelsShape(of: kernel), team)
    let bias = try name.map { name throws(BackendError) in try vector(name, of: count) }
    let gradients = inputs.map { buffer(for: $0) }
    let targets = (0..<3).map { gradients[inputs.count == 1 ? 0 : $0] }
    let room = buffer(of: Float.self, count: team.threads * kernel.room)
    let sums = isTrained ? buffer(of: Double.self, count: batch * count) : nil
    let total = isTrained ? buffer(of: Float.self, count: count) : nil
    program.record { [batch] step in
      let (x, c) = (sources.map { step.reads($0) }, step.reads(cotangent))
      let b = bias.map { step.reads($0) }
      var written: [Buffer: Address] = [:]
      for gradient in gradients { written[gradient] = step.writes(gradient) }
      let g = targets.map { written[$0] }.compactMap { $0 }
      let space = step.writes(room)
      let (parts, whole) = (sums.map { step.writes($0) }, total.map { step.writes($0) })
      return { _ in
        parts?.doubles.update(repeating: 0, count: batch * count)
        team.run(shape) { part in
          let places = kernel.channels.map { $0.start(of: part.image) }
          kernels_attend_backward(
            kernel.description, part.shape.images, kernel.channels[0], x[0].floats + places[0],
            kernel.channels[1], x[1].floats + places[1], kernel.channels[2],
            x[2].floats + places[2], b?.floats, kernel.output, c.floats + part.values,
            g[0].floats + places[0], g[1].floats + places[1], g[2].floats + places[2],
            parts.map { $0.doubles + part.image * count }, count,
            space.floats + part.number * kernel.room)
        }
        guard let parts, let whole else { return }
        for place in 0..<count {
          whole.floats[place] = Float(
            (0..<batch).reduce(0.0) { $0 + parts.doubles[$1 * count + place] })
        }
      }
    }
    for (input, gradient) in zip(inputs, gradients) { contribute(gradient, to: input) }
    if let name, let total { appendGradient(of: name, count: count, total) }
  }

  private func kernelsShape(of kernel: AttentionKernel) -> kernels_shape {
    kernels_shape(images: batch, blocks: kernel.output.blocks, area: kernel.output.area)
  }
}
