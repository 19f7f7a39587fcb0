internal import COneDNN
internal import Graphs
internal import Execution
internal import Tensors

/// Which algorithm a convolution uses: decided by its shape and the processor, never by timing.
///
/// Batch size plays no part, so that an image's bits do not depend on it.
enum ConvolutionAlgorithm {
  case direct
  /// Winograd F(4×4, 3×3). Source: Lavin & Gray, *Fast algorithms for convolutional neural
  /// networks*, CVPR 2016, §4.3.
  case winograd

  init(
    _ convolution: Convolution, kernel: PaddedKernel, input: FeatureShape, numerics: Numerics
  ) {
    let unit =
      convolution.stride == Size(1) && [Padding.none, Padding(1)].contains(convolution.padding)
    let extents = kernel.extents
    // Below these sizes transforming costs more than it saves, and 4×4 images are not
    // bit-identical over batch sizes.
    let pays =
      kernel.grouping == .dense && extents.suffix(2) == [3, 3]
      && extents[0] * extents[1] >= 1024 && min(input.height, input.width) >= 8
    self = numerics == .fast && unit && pays && Engine.hasWinograd ? .winograd : .direct
  }

  var kind: dnnl_alg_kind_t {
    switch self {
    case .direct: dnnl_convolution_direct
    case .winograd: dnnl_convolution_winograd
    }
  }
}
