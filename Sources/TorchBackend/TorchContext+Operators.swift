internal import Execution
internal import Graphs

extension TorchContext {
  /// A convolution or, transposed, its derivative with respect to the input.
  func convolution(
    _ x: TorchTensor, weight: TorchTensor, bias: TorchTensor?, stride: [Int], padding: [Int],
    groups: Int, transposed outputPadding: [Int]? = nil
  ) throws(BackendError) -> TorchTensor {
    try operate(
      "aten::_convolution", "",
      [
        .tensor(x), .tensor(weight), .optionalTensor(bias), .integers(stride), .integers(padding),
        .integers([1, 1]), .flag(outputPadding != nil), .integers(outputPadding ?? [0, 0]),
        .integer(groups),
        // Never chosen by timing, always the same bits.
        .flag(false), .flag(true), .flag(true), .flag(precision != .float32),
      ])
  }

  /// Scale and shift of every channel, from statistics that are constants.
  func normalized(
    _ x: TorchTensor, _ norm: NormalizationTensors
  ) throws(BackendError) -> TorchTensor {
    try operate("aten::native_batch_norm", "", results: 3, norm.arguments(x))[0]
  }

  func sum(
    _ left: TorchTensor, _ right: TorchTensor, times factor: Double = 1
  ) throws(BackendError) -> TorchTensor {
    var handle: Handle?
    try check("add", functions.add(left.handle, right.handle, factor, &handle))
    return try made("add", handle)
  }

  func product(_ left: TorchTensor, _ right: TorchTensor) throws(BackendError) -> TorchTensor {
    try operate("aten::mul", "Tensor", [.tensor(left), .tensor(right)])
  }

  func quotient(_ left: TorchTensor, _ right: TorchTensor) throws(BackendError) -> TorchTensor {
    try operate("aten::div", "Tensor", [.tensor(left), .tensor(right)])
  }

  /// Pads, or cuts where numbers are negative.
  ///
  /// - Parameters:
  ///   - x: images, channels, rows, columns.
  ///   - extents: columns left and right, rows above and below, and channels before and after.
  ///   - value: of what is added.
  /// - Returns: a new tensor.
  /// - Throws: ``BackendError`` when the library fails.
  func padded(
    _ x: TorchTensor, _ extents: [Int], value: Double = 0
  ) throws(BackendError) -> TorchTensor {
    var value = value
    var handle: Handle?
    let extents = extents.map { Int64($0) }
    try check(
      "pad",
      functions.pad(x.handle, extents, Int64(extents.count), "constant", &value, &handle))
    return try made("pad", handle)
  }

  func concatenated(_ tensors: [TorchTensor]) throws(BackendError) -> TorchTensor {
    var handle: Handle?
    try check(
      "cat", functions.concatenate(tensors.map(\.handle), Int64(tensors.count), 1, &handle))
    return try made("cat", handle)
  }

  /// Some of the channels, as a view.
  func channels(
    _ x: TorchTensor, from start: Int, count: Int
  ) throws(BackendError) -> TorchTensor {
    try operate("aten::narrow", "", [.tensor(x), .integer(1), .integer(start), .integer(count)])
  }

  /// The same values, image by image in the order of channels, rows and columns.
  func reshaped(_ x: TorchTensor, _ sizes: [Int]) throws(BackendError) -> TorchTensor {
    try operate("aten::reshape", "", [.tensor(x), .integers(sizes)])
  }
}

/// What a batch normalisation reads, in single precision.
struct NormalizationTensors {
  var weight: TorchTensor
  var bias: TorchTensor
  var mean: TorchTensor
  var variance: TorchTensor
  var epsilon: Double
  /// Whether mean and variance are those of the batch; they are then put in place of those here.
  var usesBatch = false

  func arguments(_ x: TorchTensor) -> [TorchArgument] {
    [
      .tensor(x), .optionalTensor(weight), .optionalTensor(bias), .optionalTensor(mean),
      .optionalTensor(variance), .flag(usesBatch), .real(1), .real(epsilon),
    ]
  }
}
