internal import Execution
internal import Graphs
internal import Tensors

extension Layer {
  /// Computes the output.
  ///
  /// - Parameters:
  ///   - x: one tensor an input.
  ///   - keeps: whether a backward pass may follow.
  /// - Returns: the output, and what a backward pass needs.
  /// - Throws: ``BackendError`` when the library fails.
  func forward(_ x: [TorchTensor], keeps: Bool) throws(BackendError) -> (TorchTensor, Kept) {
    switch operation {
    case .input: preconditionFailure("the image is given")
    case .convolution(let convolution):
      return try convolved(
        x[0], SplitPadding(convolution.padding), stride: convolution.stride,
        groups: convolution.groups, keeps: keeps)
    case .linear:
      return try convolved(
        x[0], SplitPadding(.none), stride: Size(1), groups: 1, keeps: keeps)
    case .batchNormalization: return try batchNormalized(x[0], keeps: keeps)
    case .channelAffine:
      guard case .scale(let norm, _) = constants else { break }
      return (try context.normalized(x[0], norm), keeps && isTrained ? .input(x[0]) : .nothing)
    case .layerNormalization(let norm): return try layerNormalized(x[0], norm, keeps: keeps)
    case .meanSparse: return try sparsified(x[0], keeps: keeps)
    case .relu:
      let result = try context.operate("aten::relu", [.tensor(x[0])])
      return (
        result,
        keeps ? .mask(try context.operate("aten::logical_not", [.tensor(result)])) : .nothing
      )
    case .silu:
      return (try context.operate("aten::silu", [.tensor(x[0])]), keeps ? .input(x[0]) : .nothing)
    case .elementwise(let function):
      return (try value(of: function, at: x[0]), keeps ? .input(x[0]) : .nothing)
    case .multiply:
      return (try context.product(x[0], x[1]), keeps ? .factors(x[0], x[1]) : .nothing)
    case .add: return (try context.sum(x[0], x[1]), .nothing)
    case .maxPool(let pooling): return try maxPooled(x[0], PoolingWindows(pooling), keeps: keeps)
    case .averagePool(let pooling):
      return try averaged(x[0], PoolingWindows(pooling), keeps: keeps)
    case .globalAveragePool:
      return try averaged(x[0], wholeImage, keeps: keeps)
    case .flatten: return (try context.reshaped(x[0], sizes), .nothing)
    case .normalize:
      guard case .normalization(let mean, let deviation) = constants else { break }
      let result = try context.quotient(try context.sum(x[0], mean, times: -1), deviation)
      return (try inActivationType(result, sizes), .nothing)
    case .concatenate: return (try context.concatenated(x), .nothing)
    case .channelShuffle(let groups):
      return (
        try context.operate("aten::channel_shuffle", [.tensor(x[0]), .integer(groups)]), .nothing
      )
    case .channelSlice(let range):
      return (
        try context.channels(x[0], from: range.lowerBound, count: range.count), .nothing
      )
    case .pad(let padding):
      return (try context.padded(x[0], padding.extents, value: Double(padding.value)), .nothing)
    case .attention: return try attended(x, keeps: keeps)
    case .table, .positionEncoding: return try tabled()
    case .rowNormalization(let norm): return try rowNormalized(x[0], norm, keeps: keeps)
    case .rearrange: return try rearranged(x)
    }
    preconditionFailure("every operation has its constants")
  }

  /// A window over the whole image.
  var wholeImage: PoolingWindows {
    PoolingWindows(
      Pooling(kernel: Size(height: inputs[0].height, width: inputs[0].width)))
  }

  /// The tensor in the type of activations; itself where it is already.
  func inActivationType(_ x: TorchTensor, _ sizes: [Int]) throws(BackendError) -> TorchTensor {
    context.activation == context.single ? x : try context.arranged(x, sizes)
  }

  private func convolved(
    _ x: TorchTensor, _ padding: SplitPadding, stride: Size, groups: Int, keeps: Bool
  ) throws(BackendError) -> (TorchTensor, Kept) {
    guard case .kernel(let weight, let bias, _) = constants else {
      preconditionFailure("a convolution has a kernel")
    }
    let padded = try padding.extra.map { extra throws(BackendError) in
      try context.padded(x, extra)
    }
    let source = padded ?? x
    let result = try context.convolution(
      source, weight: weight, bias: bias, stride: [stride.height, stride.width],
      padding: padding.even, groups: groups)
    return (result, keeps && isTrained ? .input(source) : .nothing)
  }

  private func batchNormalized(
    _ x: TorchTensor, keeps: Bool
  ) throws(BackendError) -> (TorchTensor, Kept) {
    guard case .batchNormalization(let norm) = constants else {
      preconditionFailure("a normalisation has its parameters")
    }
    let results = try context.operate(
      "aten::native_batch_norm", "", results: 3, norm.arguments(x))
    return (
      results[0],
      keeps ? .normalization(input: x, mean: results[1], deviation: results[2]) : .nothing
    )
  }

  private func maxPooled(
    _ x: TorchTensor, _ windows: PoolingWindows, keeps: Bool
  ) throws(BackendError) -> (TorchTensor, Kept) {
    var source = x
    if let extra = windows.extra {
      source = try context.padded(x, extra, value: -.infinity)
    }
    if context.isAccelerator {
      // The gradient of rows in order is summed up without atomic additions.
      source = try context.arranged(source, sizes(padded(windows)), channelsLast: false)
    }
    let results = try context.operate(
      "aten::max_pool2d_with_indices", "", results: 2,
      [
        .tensor(source), .integers(windows.kernel), .integers(windows.stride),
        .integers(windows.padding), .integers([1, 1]), .flag(false),
      ])
    let result =
      context.isAccelerator ? try context.arranged(results[0], sizes) : results[0]
    return (result, keeps ? .maxima(input: source, places: results[1]) : .nothing)
  }

  private func averaged(
    _ x: TorchTensor, _ windows: PoolingWindows, keeps: Bool
  ) throws(BackendError) -> (TorchTensor, Kept) {
    var source = x
    if let extra = windows.extra { source = try context.padded(x, extra) }
    var result = try context.operate(
      "aten::avg_pool2d",
      [
        .tensor(source), .integers(windows.kernel), .integers(windows.stride),
        .integers(windows.padding), .flag(false),
      ] + divisor(windows))
    if case .windowCounts(let counts) = constants { result = try context.quotient(result, counts) }
    return (result, keeps ? .input(source) : .nothing)
  }

  /// Whether what is padded counts, and what sums are divided by in its place.
  func divisor(_ windows: PoolingWindows) -> [TorchArgument] {
    if case .windowCounts = constants { return [.flag(true), .optionalInteger(1)] }
    return [.flag(windows.pooling.divisor == .window), .none]
  }

  /// The input with what is padded beforehand.
  func padded(_ windows: PoolingWindows) -> FeatureShape {
    guard let extra = windows.extra else { return inputs[0] }
    return FeatureShape(
      channels: inputs[0].channels, height: inputs[0].height + extra[2] + extra[3],
      width: inputs[0].width + extra[0] + extra[1])
  }
}

extension ConstantPadding {
  /// Columns left and right, rows above and below, channels before and after.
  var extents: [Int] {
    [
      spatial.left, spatial.right, spatial.top, spatial.bottom, channelsBefore, channelsAfter,
    ]
  }
}
