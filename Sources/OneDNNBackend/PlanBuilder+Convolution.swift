internal import CKernels
internal import COneDNN
internal import Execution
internal import Graphs
internal import Tensors

/// What kernels need to know about a convolution, forward and backward.
struct ConvolutionGeometry {
  /// How the input lies in memory.
  enum Source {
    /// Channels in blocks of 16.
    case blocked
    /// The image as it comes, channel by channel: kernels for few channels read it so.
    case planar
  }

  let kernel: PaddedKernel
  let algorithm: ConvolutionAlgorithm
  /// oneDNN's algorithm for the gradients of the kernels.
  let weightGradientKind: dnnl_alg_kind_t
  let input: FeatureShape
  let output: FeatureShape
  let source: Layout
  let target: Layout
  /// How oneDNN's kernels want the two.
  let kernelSource: Layout
  let kernelTarget: Layout
  let strides: [dnnl_dim_t]
  let paddingBefore: [dnnl_dim_t]
  let paddingAfter: [dnnl_dim_t]

  init(
    _ convolution: Convolution, in network: OneDNNNetwork, from input: Int, to output: Int,
    batch: Int, source layout: Source = .blocked
  ) throws(BackendError) {
    let (inputShape, outputShape) = (network.shapes[input], network.shapes[output])
    (self.input, self.output) = (inputShape, outputShape)
    guard let weightShape = network.weightShapes[convolution.weight] else {
      throw BackendError(place: convolution.weight, problem: "the parameter is missing")
    }
    switch layout {
    case .blocked:
      kernel = PaddedKernel(convolution, shape: weightShape, inputs: inputShape.channels)
      algorithm = ConvolutionAlgorithm(
        convolution, kernel: kernel, input: inputShape, numerics: network.numerics)
      source = try inputShape.layout(batch: batch)
      kernelSource = try inputShape.kernelLayout(batch: batch)
    case .planar:
      kernel = PaddedKernel(
        convolution, shape: weightShape, inputs: inputShape.channels, paddingInputs: false)
      algorithm = .direct
      source = try inputShape.planarLayout(batch: batch)
      kernelSource = source
    }
    weightGradientKind = ConvolutionAlgorithm.ofWeightGradients(
      convolution, kernel: kernel, input: inputShape)
    target = try outputShape.layout(batch: batch)
    kernelTarget = try outputShape.kernelLayout(batch: batch)
    strides = convolution.stride.dimensions
    paddingBefore = convolution.padding.before
    paddingAfter = convolution.padding.after(
      Size(height: weightShape[2], width: weightShape[3]), convolution.stride, from: inputShape,
      to: outputShape)
  }

  /// The layout of the bias, if there is one.
  func biasLayout(_ convolution: Convolution) throws(BackendError) -> Layout? {
    if convolution.bias == nil { return nil }
    return try memoryLayout([padded(kernel.shape[0])], dnnl_a)
  }

  /// Calls `dnnl_convolution_forward_desc_init`.
  ///
  /// Of the training kind, as backward primitives want the forward one that they belong to.
  func forward(
    bias: Layout?, _ attributes: Attributes, engine: Engine,
    by kind: dnnl_alg_kind_t = dnnl_convolution_direct
  ) throws(BackendError) -> PrimitiveDescription {
    var (source, weights, target) = (kernelSource, try kernel.anyLayout(), kernelTarget)
    var biasLayout = bias ?? Layout()
    var operation = dnnl_convolution_desc_t()
    try check(
      "dnnl_convolution_forward_desc_init",
      dnnl_convolution_forward_desc_init(
        &operation, dnnl_forward_training, kind, &source, &weights, &biasLayout,
        &target, strides, paddingBefore, paddingAfter))
    return try PrimitiveDescription(&operation, attributes: attributes, engine: engine)
  }

  /// Calls `dnnl_convolution_backward_data_desc_init`.
  func backward(engine: Engine) throws(BackendError) -> PrimitiveDescription {
    let forward = try forward(bias: nil, Attributes(), engine: engine)
    var (source, weights, target) = (kernelSource, try kernel.anyLayout(), kernelTarget)
    var operation = dnnl_convolution_desc_t()
    try check(
      "dnnl_convolution_backward_data_desc_init",
      dnnl_convolution_backward_data_desc_init(
        &operation, dnnl_convolution_direct, &source, &weights, &target, strides, paddingBefore,
        paddingAfter))
    return try PrimitiveDescription(
      &operation, attributes: Attributes(), forward: forward, engine: engine)
  }

  /// Calls `dnnl_convolution_backward_weights_desc_init`.
  func weightGradient(bias: Layout?, engine: Engine) throws(BackendError) -> PrimitiveDescription {
    let forward = try forward(bias: bias, Attributes(), engine: engine, by: weightGradientKind)
    var (source, weights, target) = (kernelSource, try kernel.anyLayout(), kernelTarget)
    var biasLayout = bias ?? Layout()
    var operation = dnnl_convolution_desc_t()
    try check(
      "dnnl_convolution_backward_weights_desc_init",
      dnnl_convolution_backward_weights_desc_init(
        &operation, weightGradientKind, &source, &weights, &biasLayout, &target, strides,
        paddingBefore, paddingAfter))
    return try PrimitiveDescription(
      &operation, attributes: Attributes(), forward: forward, engine: engine)
  }
}

/// What becomes of a convolution's sums before they are stored.
struct ConvolutionFinish {
  var bias: Operand?
  /// Whether the values already at the destination are added.
  var adds = false
  /// Whether max(x, 0) is stored, after the sum.
  var rectifies = false
  /// Receives what is above 0.
  var mask: ArenaPlan.Buffer?
}

extension PlanBuilder {
  mutating func appendConvolution(
    _ stage: Stage, _ convolution: Convolution, plus other: Int?, _ activation: Stage.Activation
  ) throws(BackendError) {
    let input = stage.inputs[0]
    let geometry = try ConvolutionGeometry(
      convolution, in: network, from: input, to: stage.output, batch: batch,
      source: planarImage == input ? .planar : .blocked)
    let bias = try convolution.bias.map { name throws(BackendError) in
      try vector(name, of: network.shapes[stage.output].channels)
    }
    let source = self.activation(input)
    // A residual sum overwrites the other summand, which nothing reads any more.
    let target = other.map { self.activation($0) } ?? buffer(for: stage.output)
    activations[stage.output] = target
    let finish = ConvolutionFinish(
      bias: bias, adds: other != nil, rectifies: activation == .relu,
      mask: newMask(for: stage.output, activation))
    switch geometry.algorithm {
    case .winograd: try appendWinograd(geometry, .forward, from: source, to: target, finish)
    case .direct: try appendDirect(geometry, convolution, from: source, to: target, finish)
    }
  }

  private mutating func appendDirect(
    _ geometry: ConvolutionGeometry, _ convolution: Convolution, from source: ArenaPlan.Buffer,
    to target: ArenaPlan.Buffer, _ finish: ConvolutionFinish
  ) throws(BackendError) {
    let biasLayout = try geometry.biasLayout(convolution)
    var operations: Attributes.PostOperations = []
    if finish.adds { operations.insert(.sum) }
    if finish.rectifies { operations.insert(.relu) }
    let description = try geometry.forward(
      bias: biasLayout, Attributes(operations), engine: network.engine)
    let weightLayout = description.layout(dnnl_query_weights_md)
    var weights = [
      (DNNL_ARG_WEIGHTS, weightLayout, try kernel(geometry.kernel, as: weightLayout))
    ]
    if let bias = finish.bias, let biasLayout {
      weights.append((DNNL_ARG_BIAS, biasLayout, bias))
    }
    let input = try reordered(source, from: geometry.source, to: geometry.kernelSource)
    let output =
      try finish.adds
      ? reordered(target, from: geometry.target, to: geometry.kernelTarget)
      : place(for: target, geometry.target, in: geometry.kernelTarget)
    try appendPrimitive(
      description,
      [
        (DNNL_ARG_SRC, geometry.kernelSource, input), (DNNL_ARG_DST, geometry.kernelTarget, output),
      ],
      weights: weights)
    if output != target {
      try appendReorder(output, geometry.kernelTarget, to: target, geometry.target)
    }
    guard let mask = finish.mask else { return }
    let shape = geometry.output.kernelsShape(batch: batch)
    append(touching: [target, mask]) { [team] resolve in
      let (y, bits) = (resolve(target), resolve(mask).bits)
      return { _ in
        team.run(shape) { part in
          kernels_mask(part.shape, y + part.values, bits + part.pixels)
        }
      }
    }
  }

  mutating func appendConvolutionBackward(
    _ stage: Stage, _ convolution: Convolution, plus other: Int?, _ cotangent: ArenaPlan.Buffer
  ) throws(BackendError) {
    let input = stage.inputs[0]
    // Backward always on blocks: oneDNN has no fast kernel that writes a planar gradient.
    let geometry = try ConvolutionGeometry(
      convolution, in: network, from: input, to: stage.output, batch: batch)
    if training?.derivatives.contains(.parameters) == true {
      try appendWeightGradient(stage, convolution, geometry, cotangent)
    }
    if wanted.contains(input) {
      let gradient = buffer(for: input)
      if geometry.algorithm == .winograd {
        try appendWinograd(geometry, .backward, from: cotangent, to: gradient, ConvolutionFinish())
      } else {
        try appendDirectBackward(geometry, from: cotangent, to: gradient)
      }
      contributions[input, default: []].append(gradient)
    }
    if let other { contributions[other, default: []].append(cotangent) }
  }

  private mutating func appendDirectBackward(
    _ geometry: ConvolutionGeometry, from cotangent: ArenaPlan.Buffer,
    to gradient: ArenaPlan.Buffer
  ) throws(BackendError) {
    let description = try geometry.backward(engine: network.engine)
    let layout = description.layout(dnnl_query_weights_md)
    let weights = try kernel(geometry.kernel, as: layout)
    let input = try reordered(cotangent, from: geometry.target, to: geometry.kernelTarget)
    let output = place(for: gradient, geometry.source, in: geometry.kernelSource)
    try appendPrimitive(
      description,
      [
        (DNNL_ARG_DIFF_SRC, geometry.kernelSource, output),
        (DNNL_ARG_DIFF_DST, geometry.kernelTarget, input),
      ],
      weights: [(DNNL_ARG_WEIGHTS, layout, weights)])
    if output != gradient {
      try appendReorder(output, geometry.kernelSource, to: gradient, geometry.source)
    }
  }

  /// The gradients of kernels and bias.
  private mutating func appendWeightGradient(
    _ stage: Stage, _ convolution: Convolution, _ geometry: ConvolutionGeometry,
    _ cotangent: ArenaPlan.Buffer
  ) throws(BackendError) {
    let biasLayout = try geometry.biasLayout(convolution)
    let description = try geometry.weightGradient(bias: biasLayout, engine: network.engine)
    let layout = description.layout(dnnl_query_diff_weights_md)
    let weights = buffer(bytes: byteCount(layout))
    let source = try reordered(
      activation(stage.inputs[0]), from: geometry.source, to: geometry.kernelSource)
    let cotangent = try reordered(cotangent, from: geometry.target, to: geometry.kernelTarget)
    var arguments = [
      (DNNL_ARG_SRC, geometry.kernelSource, source),
      (DNNL_ARG_DIFF_DST, geometry.kernelTarget, cotangent),
      (DNNL_ARG_DIFF_WEIGHTS, layout, weights),
    ]
    let bias = biasLayout.map { ($0, buffer(bytes: byteCount($0))) }
    if let bias { arguments.append((DNNL_ARG_DIFF_BIAS, bias.0, bias.1)) }
    try appendPrimitive(description, arguments)
    try appendGradient(of: geometry.kernel, layout, weights)
    if let name = convolution.bias, let bias {
      appendGradient(of: name, count: network.shapes[stage.output].channels, bias.1)
    }
  }
}
