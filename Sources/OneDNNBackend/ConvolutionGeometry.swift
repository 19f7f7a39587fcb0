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

  private(set) var kernel: PaddedKernel
  let algorithm: ConvolutionAlgorithm
  /// oneDNN's algorithm for the gradients of the kernels.
  let weightGradientKind: dnnl_alg_kind_t
  private(set) var input: FeatureShape
  let output: FeatureShape
  private(set) var source: Layout
  let target: Layout
  /// How oneDNN's kernels want the two.
  private(set) var kernelSource: Layout
  let kernelTarget: Layout
  private(set) var strides: [dnnl_dim_t]
  let paddingBefore: [dnnl_dim_t]
  private(set) var paddingAfter: [dnnl_dim_t]
  /// Whether gradients are computed as of one pixel with more channels.
  private(set) var isFlatGoingBack = false

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
    if layout == .blocked && coversImage {
      isFlatGoingBack = try backward(engine: network.engine).isReference
      if isFlatGoingBack { kernel = kernel.keptForAnotherForm() }
    }
  }

  /// Whether there is one result a kernel, of the whole image.
  private var coversImage: Bool {
    kernel.grouping == .dense && input.area > 1 && output.area == 1
      && kernel.extents.suffix(2) == [input.height, input.width] && paddingBefore == [0, 0]
  }

  /// The geometry in which gradients are computed.
  ///
  /// For kernels of 20 columns or more that cover the image, as of linear layers, oneDNN has no fast
  /// gradients. The blocked image is in memory one pixel with more channels, and of those it has.
  func goingBack(batch: Int) throws(BackendError) -> ConvolutionGeometry {
    if !isFlatGoingBack { return self }
    var result = self
    result.kernel = kernel.flattened()
    result.input = FeatureShape(channels: input.paddedCount)
    result.source = try result.input.layout(batch: batch)
    result.kernelSource = try result.input.kernelLayout(batch: batch)
    result.strides = [1, 1]
    result.paddingAfter = [0, 0]
    return result
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
