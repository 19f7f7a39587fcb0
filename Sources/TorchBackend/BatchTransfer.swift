internal import Execution
internal import Graphs
internal import Tensors

/// Brings batches to a device and results back, through memory that is taken once.
final class BatchTransfer {
  private let context: TorchContext
  private let shape: FeatureShape
  private let classes: Int
  private let batch: Int
  /// Whether the first layer takes images in single precision.
  private let beginsInSingle: Bool
  private let images: StagingTensor
  private let logits: StagingTensor
  private let cotangent: StagingTensor
  private let gradients: StagingTensor?

  private var imageSizes: [Int] { [batch, shape.channels, shape.height, shape.width] }
  private var logitSizes: [Int] { [batch, classes, 1, 1] }

  init(
    graph: Graph, classes: Int, batch: Int, givesImageGradients: Bool, on context: TorchContext
  ) throws(BackendError) {
    self.context = context
    self.batch = batch
    self.classes = classes
    shape = graph.input
    beginsInSingle = graph.inputNormalization != nil
    let sizes = [batch, shape.channels, shape.height, shape.width]
    images = try context.staging(sizes)
    logits = try context.staging([batch, classes, 1, 1])
    cotangent = try context.staging([batch, classes, 1, 1])
    gradients = givesImageGradients ? try context.staging(sizes) : nil
    // Seats that nobody takes compute something harmless.
    images.values.update(repeating: 0)
    cotangent.values.update(repeating: 0)
  }

  /// The images on the device, as the first layer takes them.
  func sendImages(_ pixels: Span<Float>) throws(BackendError) -> TorchTensor {
    pixels.withUnsafeBufferPointer { _ = images.values.update(fromContentsOf: $0) }
    let type = beginsInSingle ? context.single : context.activation
    return try send(images, imageSizes, as: type)
  }

  func receiveLogits(
    _ output: TorchTensor, _ result: inout MutableSpan<Float>
  ) throws(BackendError) {
    try receive(output, logitSizes, in: logits)
    result.withUnsafeMutableBufferPointer { result in
      _ = result.update(fromContentsOf: logits.values.prefix(result.count))
    }
  }

  /// The cotangent on the device, and the powers of two by which its rows were multiplied.
  ///
  /// In half precision small gradients would vanish; everything is linear in them.
  func sendCotangent(
    _ rows: Span<Float>, together: Bool = false
  ) throws(BackendError) -> (TorchTensor, [Float]) {
    rows.withUnsafeBufferPointer { _ = cotangent.values.update(fromContentsOf: $0) }
    var scales: [Float] = []
    if context.precision == .half {
      let count = together ? rows.count : classes
      for start in stride(from: 0, to: rows.count, by: max(count, 1)) {
        let row = cotangent.values.extracting(start..<start + count)
        let largest = row.reduce(0) { max($0, abs($1)) }
        let scale: Float =
          largest > 0 && largest.isFinite
          ? Float(sign: .plus, exponent: 3 - largest.exponent, significand: 1) : 1
        for position in row.indices { row[position] *= scale }
        scales.append(scale)
      }
    }
    return (try send(cotangent, logitSizes, as: context.activation), scales)
  }

  func receiveImageGradients(
    _ gradient: TorchTensor, _ result: UnsafeMutableBufferPointer<Float>, scales: [Float]
  ) throws(BackendError) {
    guard let gradients else { preconditionFailure("the plan was made for image gradients") }
    try receive(gradient, imageSizes, in: gradients)
    _ = result.update(fromContentsOf: gradients.values.prefix(result.count))
    let each = result.count / max(scales.count, 1)
    for (row, scale) in scales.enumerated() where scale != 1 {
      for position in row * each..<(row + 1) * each { result[position] /= scale }
    }
  }

  private func send(
    _ staging: StagingTensor, _ sizes: [Int], as type: Int32
  ) throws(BackendError) -> TorchTensor {
    if !context.isAccelerator {
      // Staged values are those that the layers read.
      return type == context.single
        ? staging.tensor : try context.arranged(staging.tensor, sizes, type: type)
    }
    let raw = try context.empty(sizes, type: context.single, channelsLast: false)
    try context.copy(staging.tensor, to: raw, waits: false)
    return try context.arranged(raw, sizes, type: type)
  }

  private func receive(
    _ tensor: TorchTensor, _ sizes: [Int], in staging: StagingTensor
  ) throws(BackendError) {
    if !context.isAccelerator { return try context.copy(tensor, to: staging.tensor) }
    let raw = try context.arranged(tensor, sizes, type: context.single, channelsLast: false)
    // Waits for everything that was asked of the stream.
    try context.copy(raw, to: staging.tensor)
  }
}
