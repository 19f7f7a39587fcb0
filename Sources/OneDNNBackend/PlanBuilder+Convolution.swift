internal import CKernels
internal import COneDNN
internal import Execution
internal import Graphs
internal import Tensors

/// What becomes of a convolution's sums before they are stored.
struct ConvolutionFinish {
  var bias: Operand?
  /// What is added.
  var addend: Buffer?
  /// Whether max(x, 0) is stored, after the sum.
  var rectifies = false
  /// Receives what is above 0.
  var mask: Buffer?
}

extension PlanBuilder {
  /// A convolution, plus another value if there is one, then the activation.
  mutating func appendConvolution(
    _ stage: Stage, _ convolution: Convolution, plus other: Int?, _ activation: Stage.Activation
  ) throws(BackendError) -> WayBack {
    let input = stage.inputs[0]
    let geometry = try ConvolutionGeometry(
      convolution, in: network, from: input, to: stage.output, batch: batch,
      source: network.planarImage == input ? .planar : .blocked)
    let bias = try convolution.bias.map { name throws(BackendError) in
      try vector(name, of: network.shapes[stage.output].channels)
    }
    let source = self.activation(input)
    let addend = other.map { self.activation($0) }
    let target = newActivation(stage.output)
    let mask = mask(for: stage.output, activation)
    let finish = ConvolutionFinish(
      bias: bias, addend: addend, rectifies: activation == .relu, mask: mask)
    switch geometry.algorithm {
    case .winograd: try appendWinograd(geometry, .forward, from: source, to: target, finish)
    case .direct: try appendDirect(geometry, convolution, from: source, to: target, finish)
    }
    return WayBack(mask: mask) { (builder, cotangent) throws(BackendError) in
      try builder.appendConvolutionBack(stage, convolution, cotangent)
      if let other { builder.contribute(cotangent, to: other) }
    }
  }

  private mutating func appendDirect(
    _ geometry: ConvolutionGeometry, _ convolution: Convolution, from source: Buffer,
    to target: Buffer, _ finish: ConvolutionFinish
  ) throws(BackendError) {
    var operations: Attributes.PostOperations = []
    if finish.addend != nil { operations.insert(.sum) }
    if finish.rectifies { operations.insert(.relu) }
    let description = try geometry.forward(
      bias: geometry.biasLayout(convolution), Attributes(operations), engine: network.engine)
    let weights = try kernel(
      geometry.kernel, as: description.layout(ofArgument: DNNL_ARG_WEIGHTS))
    let bias = finish.bias.map { [(DNNL_ARG_BIAS, $0)] } ?? []
    try appendPrimitive(
      description, reads: [.init(DNNL_ARG_SRC, source, geometry.source)],
      writes: [.init(DNNL_ARG_DST, target, geometry.target, addingTo: finish.addend)],
      weights: [(DNNL_ARG_WEIGHTS, weights)] + bias)
    guard let mask = finish.mask else { return }
    let (shape, team) = (geometry.output.kernelsShape(batch: batch), team)
    program.record { step in
      let (y, bits) = (step.reads(target), step.writes(mask))
      return { _ in
        team.run(shape) { part in
          kernels_mask(part.shape, y.floats + part.values, bits.bits + part.pixels)
        }
      }
    }
  }

  private mutating func appendConvolutionBack(
    _ stage: Stage, _ convolution: Convolution, _ cotangent: Buffer
  ) throws(BackendError) {
    let input = stage.inputs[0]
    // Backward always on blocks: oneDNN has no fast kernel that writes a planar gradient.
    let geometry = try ConvolutionGeometry(
      convolution, in: network, from: input, to: stage.output, batch: batch
    ).goingBack(batch: batch)
    if training?.derivatives.contains(.parameters) == true {
      try appendWeightGradient(stage, convolution, geometry, cotangent)
    }
    if !wanted.contains(input) { return }
    let gradient = buffer(for: input)
    switch geometry.algorithm {
    case .winograd:
      try appendWinograd(geometry, .backward, from: cotangent, to: gradient, ConvolutionFinish())
    case .direct: try appendDirectBack(geometry, from: cotangent, to: gradient)
    }
    contribute(gradient, to: input)
  }

  private mutating func appendDirectBack(
    _ geometry: ConvolutionGeometry, from cotangent: Buffer, to gradient: Buffer
  ) throws(BackendError) {
    let description = try geometry.backward(engine: network.engine)
    let weights = try kernel(
      geometry.kernel, as: description.layout(ofArgument: DNNL_ARG_WEIGHTS))
    try appendPrimitive(
      description, reads: [.init(DNNL_ARG_DIFF_DST, cotangent, geometry.target)],
      writes: [.init(DNNL_ARG_DIFF_SRC, gradient, geometry.source)],
      weights: [(DNNL_ARG_WEIGHTS, weights)])
  }

  /// The gradients of kernels and bias.
  private mutating func appendWeightGradient(
    _ stage: Stage, _ convolution: Convolution, _ geometry: ConvolutionGeometry,
    _ cotangent: Buffer
  ) throws(BackendError) {
    let biasLayout = try geometry.biasLayout(convolution)
    let description = try geometry.weightGradient(bias: biasLayout, engine: network.engine)
    let layout = description.layout(ofArgument: DNNL_ARG_DIFF_WEIGHTS)
    let weights = buffer(of: UInt8.self, count: byteCount(layout))
    let bias = biasLayout.map { buffer(of: UInt8.self, count: byteCount($0)) }
    let source = activation(stage.inputs[0])
    try appendPrimitive(
      description,
      reads: [
        .init(DNNL_ARG_SRC, source, geometry.source),
        .init(DNNL_ARG_DIFF_DST, cotangent, geometry.target),
      ],
      writes: [.init(DNNL_ARG_DIFF_WEIGHTS, weights)]
        + (bias.map { [.init(DNNL_ARG_DIFF_BIAS, $0)] } ?? []))
    try appendGradient(of: geometry.kernel, layout, weights)
    if let name = convolution.bias, let bias {
      appendGradient(of: name, count: network.shapes[stage.output].channels, bias)
    }
  }
}
