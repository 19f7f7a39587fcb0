internal import CKernels
internal import COneDNN
internal import Execution
internal import Graphs
internal import Tensors

/// Which way one goes through a convolution.
enum ConvolutionDirection {
  case forward
  /// From the cotangent of the results to that of the input: a convolution with turned kernels.
  case backward
}

extension ConvolutionGeometry {
  /// What a direction starts from, and where it leads.
  fileprivate func ends(
    _ direction: ConvolutionDirection
  ) -> (from: FeatureShape, to: FeatureShape) {
    direction == .forward ? (input, output) : (output, input)
  }

  fileprivate func winogradShape(_ direction: ConvolutionDirection, batch: Int) -> winograd_shape {
    let padding = Int(paddingBefore[0])
    let (from, to) = ends(direction)
    return winograd_shape(
      images: batch, inputs: padded(from.channels) / 16, outputs: padded(to.channels) / 16,
      height: from.height, width: from.width,
      padding: direction == .forward ? padding : 2 - padding)
  }

  /// The layout in which sixteen output channels of the direction lie side by side.
  fileprivate func winogradLayout(_ direction: ConvolutionDirection) throws(BackendError) -> Layout
  {
    try memoryLayout(kernel.extents, direction == .forward ? dnnl_Abcd16a : dnnl_aBcd16b)
  }
}

extension winograd_weights {
  /// Kernels in the layout of their direction.
  fileprivate init(
    _ values: UnsafePointer<Float>, _ shape: winograd_shape, _ direction: ConvolutionDirection
  ) {
    let kernels = 9 * 16
    switch direction {
    case .forward:
      self.init(
        values: values, output_stride: shape.inputs * 16 * kernels, input_stride: kernels,
        turned: false)
    case .backward:
      self.init(
        values: values, output_stride: kernels, input_stride: shape.outputs * kernels, turned: true)
    }
  }
}

extension PlanBuilder {
  /// Appends a convolution by Winograd's F(4×4, 3×3), or its way back.
  ///
  /// Kernels are transformed while they are used: kept, they would take four times the memory.
  mutating func appendWinograd(
    _ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection,
    from source: Buffer, to target: Buffer, _ finish: ConvolutionFinish
  ) throws(BackendError) {
    let shape = geometry.winogradShape(direction, batch: batch)
    let kernels = try kernel(geometry.kernel, as: geometry.winogradLayout(direction))
    let scratchCount = winograd_scratch(shape)
    let scratch = buffer(of: Float.self, count: team.threads * scratchCount)
    let (from, to) = geometry.ends(direction)
    let (team, batch) = (team, batch)
    program.record { step in
      let (x, y) = (step.reads(source), step.writes(target, addingTo: finish.addend))
      let (space, kernels) = (step.writes(scratch), step.reads(kernels))
      let bias = finish.bias.map { step.reads($0) }
      let bits = finish.mask.map { step.writes($0) }
      return { _ in
        let weights = winograd_weights(kernels.floats, shape, direction)
        team.run(from.kernelsShape(batch: batch)) { part in
          var share = shape
          share.images = part.shape.images
          let first = part.image * to.paddedCount
          winograd_convolve(
            share, x.floats + part.values, weights,
            winograd_finish(
              bias: bias.map { UnsafePointer($0.floats) }, adds: finish.addend != nil,
              rectifies: finish.rectifies, mask: bits.map { $0.bits + first / 16 }),
            y.floats + first, space.floats + part.number * scratchCount)
        }
      }
    }
  }
}
