internal import CKernels
internal import COneDNN
internal import Execution
internal import Graphs
internal import Tensors

/// What oneDNN needs to know about a convolution, forward and backward.
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
  let source: Layout
  let target: Layout
  let strides: [dnnl_dim_t]
  let paddingBefore: [dnnl_dim_t]
  let paddingAfter: [dnnl_dim_t]

  init(
    _ convolution: Convolution, in network: OneDNNNetwork, from input: Int, to output: Int,
    batch: Int, source layout: Source = .blocked
  ) throws(BackendError) {
    let (inputShape, outputShape) = (network.shapes[input], network.shapes[output])
    guard let weightShape = network.weightShapes[convolution.weight] else {
      throw BackendError(place: convolution.weight, problem: "the parameter is missing")
    }
    switch layout {
    case .blocked:
      kernel = PaddedKernel(convolution, shape: weightShape, inputs: inputShape.channels)
      algorithm = ConvolutionAlgorithm(
        convolution, kernel: kernel, input: inputShape, numerics: network.numerics)
      source = try inputShape.layout(batch: batch)
    case .planar:
      kernel = PaddedKernel(
        convolution, shape: weightShape, inputs: inputShape.channels, paddingInputs: false)
      algorithm = .direct
      source = try inputShape.planarLayout(batch: batch)
    }
    target = try outputShape.layout(batch: batch)
    strides = convolution.stride.dimensions
    paddingBefore = convolution.padding.before
    paddingAfter = convolution.padding.after(
      Size(height: weightShape[2], width: weightShape[3]), convolution.stride, from: inputShape,
      to: outputShape)
  }

  /// Calls `dnnl_convolution_forward_desc_init`.
  ///
  /// Always of the training kind: inference would choose another Winograd kernel for small batches
  /// and keep transformed weights four times as large.
  func forward(bias: Layout?, _ attributes: Attributes, engine: Engine) throws(BackendError)
    -> PrimitiveDescription
  {
    var (source, weights, target) = (self.source, try kernel.anyLayout(), self.target)
    var biasLayout = bias ?? Layout()
    var operation = dnnl_convolution_desc_t()
    try check(
      "dnnl_convolution_forward_desc_init",
      dnnl_convolution_forward_desc_init(
        &operation, dnnl_forward_training, algorithm.kind, &source, &weights, &biasLayout,
        &target, strides, paddingBefore, paddingAfter))
    return try PrimitiveDescription(&operation, attributes: attributes, engine: engine)
  }

  /// Calls `dnnl_convolution_backward_data_desc_init`.
  func backward(forward: PrimitiveDescription, engine: Engine) throws(BackendError)
    -> PrimitiveDescription
  {
    var (source, weights, target) = (self.source, try kernel.anyLayout(), self.target)
    var operation = dnnl_convolution_desc_t()
    try check(
      "dnnl_convolution_backward_data_desc_init",
      dnnl_convolution_backward_data_desc_init(
        &operation, algorithm.kind, &source, &weights, &target, strides, paddingBefore,
        paddingAfter))
    return try PrimitiveDescription(
      &operation, attributes: Attributes(), forward: forward, engine: engine)
  }
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
      try network.weights.vector(name)
    }
    var operations: Attributes.PostOperations = []
    if other != nil { operations.insert(.sum) }
    if activation == .relu { operations.insert(.relu) }
    let description = try geometry.forward(
      bias: bias?.memory.layout, Attributes(operations), engine: network.engine)

    let source = self.activation(input)
    // A residual sum overwrites the other summand, which nothing reads any more.
    let target = other.map { self.activation($0) } ?? buffer(for: stage.output)
    activations[stage.output] = target
    var constants = [
      (
        DNNL_ARG_WEIGHTS,
        try network.weights.kernel(
          geometry.kernel, as: description.layout(dnnl_query_weights_md))
      )
    ]
    if let bias { constants.append((DNNL_ARG_BIAS, bias.memory)) }
    try appendPrimitive(
      description,
      [(DNNL_ARG_SRC, geometry.source, source), (DNNL_ARG_DST, geometry.target, target)],
      constants: constants)

    guard let mask = newMask(for: stage.output, activation) else { return }
    let shape = kernelsShape(stage.output)
    append(touching: [target, mask]) { resolve in
      let (y, bits) = (resolve(target), resolve(mask).bits)
      return { _ in kernels_mask(shape, y, bits) }
    }
  }

  mutating func appendConvolutionBackward(
    _ stage: Stage, _ convolution: Convolution, plus other: Int?, _ cotangent: ArenaPlan.Buffer
  ) throws(BackendError) {
    let input = stage.inputs[0]
    // Backward always on blocks: oneDNN has no fast kernel that writes a planar gradient.
    let geometry = try ConvolutionGeometry(
      convolution, in: network, from: input, to: stage.output, batch: batch)
    let forward = try geometry.forward(bias: nil, Attributes(), engine: network.engine)
    let description = try geometry.backward(forward: forward, engine: network.engine)
    let gradient = buffer(for: input)
    let weights = try network.weights.kernel(
      geometry.kernel, as: description.layout(dnnl_query_weights_md))
    try appendPrimitive(
      description,
      [
        (DNNL_ARG_DIFF_SRC, geometry.source, gradient),
        (DNNL_ARG_DIFF_DST, geometry.target, cotangent),
      ],
      constants: [(DNNL_ARG_WEIGHTS, weights)])
    contributions[input, default: []].append(gradient)
    if let other { contributions[other, default: []].append(cotangent) }
  }
}
