internal import COneDNN
internal import Graphs
internal import Execution
internal import Tensors

/// Which algorithm a convolution uses: decided by its shape and the processor, never by timing.
///
/// Batch size plays no part, so that an image's bits do not depend on it.
enum ConvolutionAlgorithm {
  /// oneDNN's.
  case direct
  /// The project's Winograd F(4×4, 3×3), see ``PlanBuilder/appendWinograd(_:_:from:to:_:)``.
  case winograd

  init(
    _ convolution: Convolution, kernel: PaddedKernel, input: FeatureShape, numerics: Numerics
  ) {
    // Of results smaller than a tile most of the tile would be thrown away.
    let smallest = min(input.height, input.width) + 2 * convolution.padding.top - 2
    let fits = kernel.suitsWinograd && convolution.suitsWinograd && smallest >= 4
    self = numerics == .fast && fits && Engine.hasWideVectors ? .winograd : .direct
  }

  /// The algorithm by which oneDNN sums up the gradients of kernels.
  static func ofWeightGradients(
    _ convolution: Convolution, kernel: PaddedKernel, input: FeatureShape
  ) -> dnnl_alg_kind_t {
    let fits =
      kernel.suitsWinograd && convolution.suitsWinograd && min(input.height, input.width) >= 8
    return fits && Engine.hasWideVectors ? dnnl_convolution_winograd : dnnl_convolution_direct
  }
}

extension PaddedKernel {
  /// Whether every output sees 3×3 pixels of every input, and enough work is saved.
  ///
  /// Narrow layers take little time, and the rounding of their results moves more signs of
  /// gradients than that of wide ones.
  fileprivate var suitsWinograd: Bool {
    grouping == .dense && extents.suffix(2) == [3, 3] && extents[0] * extents[1] >= 1024
  }
}

extension Convolution {
  /// Whether kernels move by one pixel, over no padding or one pixel of it on every side.
  fileprivate var suitsWinograd: Bool {
    stride == Size(1) && [Padding.none, Padding(1)].contains(padding)
  }
}
