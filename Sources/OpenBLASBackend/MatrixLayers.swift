import Graphs
import Tensors

/// Where the windows of a convolution or a pooling lie.
struct Windows: Sendable {
  var input: FeatureShape
  var output: FeatureShape
  var stride: Size
  var padding: Padding

  /// The input row that a kernel row sees from an output row; may lie in the padding.
  func row(_ output: Int, _ kernel: Int) -> Int { output * stride.height + kernel - padding.top }

  /// The input column that a kernel column sees from an output column; may lie in the padding.
  func column(_ output: Int, _ kernel: Int) -> Int { output * stride.width + kernel - padding.left }
}

/// im2col and a matrix product for each group.
struct ConvolutionLayer: Layer {
  /// `[outputs, inputs / groups, height, width]`.
  var weight: Tensor
  var bias: Tensor?
  var windows: Windows
  var groups: Int

  private var kernel: Size { Size(height: weight.shape[2], width: weight.shape[3]) }
  private var inputs: Int { weight.shape[1] }
  private var outputs: Int { weight.shape[0] / groups }
  /// The length of a window of one group.
  private var depth: Int { inputs * kernel.area }
  private var area: Int { windows.output.area }

  var scratchCount: Int { depth * area }

  func forward(_ values: Pass) {
    guard let columns = values.scratch.baseAddress, let output = values.output.baseAddress else {
      return
    }
    weight.withUnsafeElements { weights in
      guard let weights = weights.baseAddress else { return }
      for group in 0..<groups {
        visitColumns(of: group) { column, source in
          columns[column] = source.map { values.inputs[0][$0] } ?? 0
        }
        BLAS.multiply(
          weights + group * outputs * depth, .asStored, by: columns,
          into: output + group * outputs * area, rows: outputs, inner: depth, columns: area)
      }
    }
    guard let bias else { return }
    for i in values.output.indices { values.output[i] += bias[i / area] }
  }

  func backward(_ values: Pass, gradients: Pass) {
    guard let columns = values.scratch.baseAddress, let output = gradients.output.baseAddress else {
      return
    }
    weight.withUnsafeElements { weights in
      guard let weights = weights.baseAddress else { return }
      for group in 0..<groups {
        BLAS.multiply(
          weights + group * outputs * depth, .transposed, by: output + group * outputs * area,
          into: columns, rows: depth, inner: outputs, columns: area)
        visitColumns(of: group) { column, source in
          if let source { gradients.inputs[0][source] += columns[column] }
        }
      }
    }
  }

  func accumulate(_ values: Pass, gradients: Pass, into parameters: [Values]) {
    guard let columns = values.scratch.baseAddress, let output = gradients.output.baseAddress,
      let weights = parameters[0].baseAddress
    else { return }
    for group in 0..<groups {
      visitColumns(of: group) { column, source in
        columns[column] = source.map { values.inputs[0][$0] } ?? 0
      }
      BLAS.addProduct(
        output + group * outputs * area, byTransposed: columns,
        to: weights + group * outputs * depth, rows: outputs, inner: area, columns: depth)
    }
    if bias == nil { return }
    for channel in parameters[1].indices {
      let pixels = gradients.output.extracting(channel * area..<(channel + 1) * area)
      parameters[1][channel] += pixels.reduce(0, +)
    }
  }

  /// Calls a closure for every element of the matrix of windows, one column an output pixel.
  ///
  /// The source is a position in the input, or nil in the padding.
  @inline(__always)
  private func visitColumns(of group: Int, _ visit: (_ column: Int, _ source: Int?) -> Void) {
    let input = windows.input
    var column = 0
    for channel in group * inputs..<(group + 1) * inputs {
      for kernelRow in 0..<kernel.height {
        for kernelColumn in 0..<kernel.width {
          for y in 0..<windows.output.height {
            let row = windows.row(y, kernelRow)
            let start = (channel * input.height + row) * input.width
            let isInside = row >= 0 && row < input.height
            for x in 0..<windows.output.width {
              let place = windows.column(x, kernelColumn)
              visit(column, isInside && place >= 0 && place < input.width ? start + place : nil)
              column += 1
            }
          }
        }
      }
    }
  }
}

/// A matrix times a vector.
struct LinearLayer: Layer {
  /// `[outputs, inputs]`.
  var weight: Tensor
  var bias: Tensor?

  /// The input gradient before it is added.
  var scratchCount: Int { weight.shape[1] }

  func forward(_ values: Pass) {
    multiply(.asStored, values.inputs[0], into: values.output, outputs: weight.shape[0])
    guard let bias else { return }
    for i in values.output.indices { values.output[i] += bias[i] }
  }

  func backward(_ values: Pass, gradients: Pass) {
    multiply(.transposed, gradients.output, into: values.scratch, outputs: weight.shape[1])
    for i in gradients.inputs[0].indices { gradients.inputs[0][i] += values.scratch[i] }
  }

  func accumulate(_ values: Pass, gradients: Pass, into parameters: [Values]) {
    let inputs = values.inputs[0]
    for (output, cotangent) in gradients.output.enumerated() {
      let row = parameters[0].extracting(output * inputs.count..<(output + 1) * inputs.count)
      for i in inputs.indices { row[i] += cotangent * inputs[i] }
      if bias != nil { parameters[1][output] += cotangent }
    }
  }

  private func multiply(
    _ reading: BLAS.Reading, _ vector: Values, into result: Values, outputs: Int
  ) {
    weight.withUnsafeElements { weights in
      guard let weights = weights.baseAddress, let vector = vector.baseAddress,
        let result = result.baseAddress
      else { return }
      BLAS.multiply(
        weights, reading, by: vector, into: result, rows: outputs,
        inner: weight.count / outputs, columns: 1)
    }
  }
}
