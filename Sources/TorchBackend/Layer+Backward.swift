internal import Execution
internal import Graphs
internal import Tensors

extension Layer {
  /// Computes gradients.
  ///
  /// - Parameters:
  ///   - cotangent: with respect to the output.
  ///   - kept: of the forward pass.
  ///   - wanted: for which inputs.
  /// - Returns: the gradients with respect to inputs and, where the layer is trained, parameters.
  /// - Throws: ``BackendError`` when the library fails.
  func backward(
    _ cotangent: Cotangent, kept: Kept, wanted: [Bool]
  ) throws(BackendError) -> LayerGradients {
    let slope = cotangent.tensor
    switch operation {
    case .input: preconditionFailure("nothing is before the image")
    case .convolution(let convolution):
      return try convolvedBack(
        slope, kept, SplitPadding(convolution.padding), stride: convolution.stride,
        groups: convolution.groups, wantsInput: wanted[0])
    case .linear:
      return try convolvedBack(
        slope, kept, SplitPadding(.none), stride: Size(1), groups: 1, wantsInput: wanted[0])
    case .batchNormalization: return try batchNormalizedBack(slope, kept, wanted[0])
    case .channelAffine: return try scaledBack(slope, kept, wanted[0])
    case .layerNormalization: return try layerNormalizedBack(slope, kept, wanted[0])
    case .relu, .meanSparse:
      guard case .mask(let mask) = kept else { break }
      return LayerGradients(inputs: [try masked(cotangent, mask)])
    case .silu:
      guard case .input(let x) = kept else { break }
      return owned(try context.operate("aten::silu_backward", [.tensor(slope), .tensor(x)]))
    case .elementwise(let function):
      guard case .input(let x) = kept else { break }
      return owned(try gradient(of: function, at: x, slope))
    case .multiply:
      guard case .factors(let left, let right) = kept else { break }
      return LayerGradients(inputs: [
        wanted[0] ? Cotangent(tensor: try context.product(slope, right), isOwned: true) : nil,
        wanted[1]
          ? Cotangent(tensor: try summed(try context.product(slope, left)), isOwned: true) : nil,
      ])
    case .add:
      return LayerGradients(
        inputs: wanted.map { $0 ? Cotangent(tensor: slope, isOwned: false) : nil })
    case .maxPool(let pooling):
      return owned(try maxPooledBack(slope, PoolingWindows(pooling), kept))
    case .averagePool(let pooling):
      return owned(try averagedBack(slope, PoolingWindows(pooling), kept))
    case .globalAveragePool: return owned(try averagedBack(slope, wholeImage, kept))
    case .flatten:
      let result = try context.reshaped(slope, sizes(inputs[0]))
      return context.isAccelerator
        ? owned(try context.arranged(result, sizes(inputs[0])))
        : LayerGradients(inputs: [Cotangent(tensor: result, isOwned: false)])
    case .normalize:
      guard case .normalization(_, let deviation) = constants else { break }
      return owned(try context.quotient(slope, deviation))
    case .concatenate:
      var start = 0
      var results: [Cotangent?] = []
      for input in inputs {
        results.append(
          Cotangent(
            tensor: try context.channels(slope, from: start, count: input.channels),
            isOwned: false))
        start += input.channels
      }
      return LayerGradients(inputs: results)
    case .channelShuffle(let groups):
      return owned(
        try context.operate(
          "aten::channel_shuffle", [.tensor(slope), .integer(output.channels / groups)]))
    case .channelSlice(let range):
      return owned(
        try context.padded(
          slope, [0, 0, 0, 0, range.lowerBound, inputs[0].channels - range.upperBound]))
    case .pad(let padding):
      return owned(try context.padded(slope, padding.extents.map { -$0 }))
    case .attention: return try attendedBack(slope, kept, wanted)
    case .table(let table): return try tabledBack(slope, table)
    case .positionEncoding: return LayerGradients(inputs: [])
    case .rowNormalization(let norm):
      return try rowNormalizedBack(slope, norm, kept, wanted[0])
    case .rearrange: return try rearrangedBack(slope)
    }
    preconditionFailure("every operation has what it kept")
  }

  private func owned(_ tensor: TorchTensor) -> LayerGradients {
    LayerGradients(inputs: [Cotangent(tensor: tensor, isOwned: true)])
  }

  private func masked(
    _ cotangent: Cotangent, _ mask: TorchTensor
  ) throws(BackendError) -> Cotangent {
    let arguments: [TorchArgument] = [
      .tensor(cotangent.tensor), .tensor(mask), .tensor(context.zero),
    ]
    let result =
      cotangent.isOwned
      ? try context.operate("aten::masked_fill_", "Tensor", arguments)
      : try context.operate("aten::masked_fill", "Tensor", arguments)
    return Cotangent(tensor: result, isOwned: true)
  }

  private func convolvedBack(
    _ slope: TorchTensor, _ kept: Kept, _ padding: SplitPadding, stride: Size, groups: Int,
    wantsInput: Bool
  ) throws(BackendError) -> LayerGradients {
    guard case .kernel(let weight, let bias, let shape) = constants else {
      preconditionFailure("a convolution has a kernel")
    }
    let steps = [stride.height, stride.width]
    var result = LayerGradients(inputs: [nil])
    if wantsInput {
      let full = padding.padded(inputs[0])
      // Rows and columns at the far edges that no window reaches.
      let reached = Size(
        height: (output.height - 1) * stride.height + shape[2],
        width: (output.width - 1) * stride.width + shape[3])
      let rest = [
        full.height + 2 * padding.even[0] - reached.height,
        full.width + 2 * padding.even[1] - reached.width,
      ]
      var gradient = try context.convolution(
        slope, weight: weight, bias: nil, stride: steps, padding: padding.even, groups: groups,
        transposed: rest)
      if let extra = padding.extra { gradient = try context.padded(gradient, extra.map { -$0 }) }
      result.inputs = [Cotangent(tensor: gradient, isOwned: true)]
    }
    if isTrained, case .input(let x) = kept {
      let gradients = try context.operate(
        "aten::convolution_backward", "", results: 3,
        [
          .tensor(slope), .tensor(x), .tensor(weight),
          bias == nil ? .none : .optionalIntegers([shape[0]]), .integers(steps),
          .integers(padding.even), .integers([1, 1]), .flag(false), .integers([0, 0]),
          .integer(groups), .flags([false, true, bias != nil]),
        ])
      result.parameters = bias == nil ? [gradients[1]] : [gradients[1], gradients[2]]
    }
    return result
  }

  private func batchNormalizedBack(
    _ slope: TorchTensor, _ kept: Kept, _ wantsInput: Bool
  ) throws(BackendError) -> LayerGradients {
    guard case .batchNormalization(let norm) = constants,
      case .normalization(let x, let mean, let deviation) = kept
    else { preconditionFailure("a normalisation keeps its input") }
    let gradients = try context.operate(
      "aten::native_batch_norm_backward", "", results: 3,
      [
        .tensor(slope), .tensor(x), .optionalTensor(norm.weight), .optionalTensor(norm.mean),
        .optionalTensor(norm.variance), .optionalTensor(mean), .optionalTensor(deviation),
        .flag(norm.usesBatch), .real(norm.epsilon), .flags([wantsInput, isTrained, isTrained]),
      ])
    return LayerGradients(
      inputs: [wantsInput ? Cotangent(tensor: gradients[0], isOwned: true) : nil],
      parameters: isTrained ? Array(gradients[1...]) : [])
  }

  private func scaledBack(
    _ slope: TorchTensor, _ kept: Kept, _ wantsInput: Bool
  ) throws(BackendError) -> LayerGradients {
    guard case .scale(let norm, let factor) = constants,
      case .channelAffine(let affine) = operation
    else { preconditionFailure("a scale has its factors") }
    var result = LayerGradients(inputs: [nil])
    if wantsInput {
      result.inputs = [
        Cotangent(tensor: try context.product(slope, factor), isOwned: true)
      ]
    }
    if isTrained, case .input(let x) = kept {
      let gradients = try context.operate(
        "aten::native_batch_norm_backward", "", results: 3,
        [
          .tensor(slope), .tensor(x), .optionalTensor(norm.weight), .optionalTensor(norm.mean),
          .optionalTensor(norm.variance), .none, .none, .flag(false), .real(norm.epsilon),
          .flags([false, true, true]),
        ])
      result.parameters = affine.shift == nil ? [gradients[1]] : Array(gradients[1...])
    }
    return result
  }

  private func maxPooledBack(
    _ slope: TorchTensor, _ windows: PoolingWindows, _ kept: Kept
  ) throws(BackendError) -> TorchTensor {
    guard case .maxima(let x, let places) = kept else {
      preconditionFailure("a maximum keeps its places")
    }
    let source =
      context.isAccelerator ? try context.arranged(slope, sizes, channelsLast: false) : slope
    var result = try context.operate(
      "aten::max_pool2d_with_indices_backward",
      [
        .tensor(source), .tensor(x), .integers(windows.kernel), .integers(windows.stride),
        .integers(windows.padding), .integers([1, 1]), .flag(false), .tensor(places),
      ])
    if let extra = windows.extra { result = try context.padded(result, extra.map { -$0 }) }
    return context.isAccelerator ? try context.arranged(result, sizes(inputs[0])) : result
  }

  /// The sum over the pixels, where the second factor of a product has only one.
  private func summed(_ x: TorchTensor) throws(BackendError) -> TorchTensor {
    if inputs[1] == inputs[0] { return x }
    return try context.operate(
      "aten::avg_pool2d",
      [
        .tensor(x), .integers(wholeImage.kernel), .integers(wholeImage.stride),
        .integers(wholeImage.padding), .flag(false), .flag(true), .optionalInteger(1),
      ])
  }

  private func averagedBack(
    _ slope: TorchTensor, _ windows: PoolingWindows, _ kept: Kept
  ) throws(BackendError) -> TorchTensor {
    guard case .input(let x) = kept else { preconditionFailure("a mean keeps its input") }
    var slope = slope
    if case .windowCounts(let counts) = constants { slope = try context.quotient(slope, counts) }
    let result = try context.operate(
      "aten::avg_pool2d_backward",
      [
        .tensor(slope), .tensor(x), .integers(windows.kernel), .integers(windows.stride),
        .integers(windows.padding), .flag(false),
      ] + divisor(windows))
    guard let extra = windows.extra else { return result }
    return try context.padded(result, extra.map { -$0 })
  }
}
