import Graphs
import Tensors

extension ReferenceStep {
  /// Calls a closure for every pair of an output pixel and an input pixel in its window.
  ///
  /// Positions are within one channel; `tap` is the position in the window.
  private func forEachTap(
    kernel: Size, stride: Size, padding: Padding,
    _ body: (_ output: Int, _ input: Int, _ tap: Int) -> Void
  ) {
    let shape = inputs[0]
    for row in 0..<output.height {
      for column in 0..<output.width {
        for y in 0..<kernel.height {
          for x in 0..<kernel.width {
            let inputRow = row * stride.height + y - padding.top
            let inputColumn = column * stride.width + x - padding.left
            guard (0..<shape.height).contains(inputRow), (0..<shape.width).contains(inputColumn)
            else { continue }
            body(
              row * output.width + column, inputRow * shape.width + inputColumn,
              y * kernel.width + x)
          }
        }
      }
    }
  }

  /// Calls a closure for every product of a convolution.
  private func forEachProduct(
    _ convolution: Convolution, _ body: (_ output: Int, _ input: Int, _ weight: Int) -> Void
  ) {
    let shape = kernels[convolution.weight] ?? []
    let (outputs, inputsOfGroup) = (shape[0], shape[1])
    let kernel = Size(height: shape[2], width: shape[3])
    let outputsOfGroup = outputs / convolution.groups
    forEachTap(kernel: kernel, stride: convolution.stride, padding: convolution.padding) {
      pixel, source, tap in
      for channel in 0..<outputs {
        let first = channel / outputsOfGroup * inputsOfGroup
        for input in 0..<inputsOfGroup {
          body(
            channel * output.area + pixel, (first + input) * inputs[0].area + source,
            (channel * inputsOfGroup + input) * kernel.area + tap)
        }
      }
    }
  }

  func convolved(_ x: [Double], _ convolution: Convolution) -> [Double] {
    var result = [Double](repeating: 0, count: output.count)
    if let name = convolution.bias {
      let bias = parameter(name)
      for index in result.indices { result[index] = bias[index / output.area] }
    }
    let weight = parameter(convolution.weight)
    result.withUnsafeMutableBufferPointer { result in
      x.withUnsafeBufferPointer { x in
        weight.withUnsafeBufferPointer { weight in
          forEachProduct(convolution) { result[$0] += x[$1] * weight[$2] }
        }
      }
    }
    return result
  }

  func convolvedBack(_ cotangent: [Double], _ convolution: Convolution) -> [Double] {
    var result = [Double](repeating: 0, count: inputs[0].count)
    let weight = parameter(convolution.weight)
    result.withUnsafeMutableBufferPointer { result in
      cotangent.withUnsafeBufferPointer { cotangent in
        weight.withUnsafeBufferPointer { weight in
          forEachProduct(convolution) { result[$1] += cotangent[$0] * weight[$2] }
        }
      }
    }
    return result
  }

  func kernelGradient(
    _ cotangent: [Double], _ convolution: Convolution, input x: [Double]
  ) -> [Double] {
    var result = [Double](repeating: 0, count: parameter(convolution.weight).count)
    result.withUnsafeMutableBufferPointer { result in
      cotangent.withUnsafeBufferPointer { cotangent in
        x.withUnsafeBufferPointer { x in
          forEachProduct(convolution) { result[$2] += cotangent[$0] * x[$1] }
        }
      }
    }
    return result
  }

  func multiplied(_ x: [Double], _ linear: Linear) -> [Double] {
    let weight = parameter(linear.weight)
    let bias = linear.bias.map(parameter)
    let (area, columns) = (output.area, inputs[0].channels)
    return (0..<output.count).map { index in
      let (row, position) = (index / area, index % area)
      return (0..<columns).reduce(bias?[row] ?? 0) {
        $0 + weight[row * columns + $1] * x[$1 * area + position]
      }
    }
  }

  func multipliedBack(_ cotangent: [Double], _ linear: Linear) -> [Double] {
    let weight = parameter(linear.weight)
    let (area, columns) = (output.area, inputs[0].channels)
    return (0..<inputs[0].count).map { index in
      let (column, position) = (index / area, index % area)
      return (0..<output.channels).reduce(0) {
        $0 + weight[$1 * columns + column] * cotangent[$1 * area + position]
      }
    }
  }

  /// For every output value the position of the first largest input in its window.
  func maxima(_ x: [Double], _ pooling: Pooling) -> [Int] {
    var result = [Int](repeating: -1, count: output.count)
    for channel in 0..<output.channels {
      forEachTap(kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding) {
        pixel, source, _ in
        let place = channel * output.area + pixel
        let candidate = channel * inputs[0].area + source
        if result[place] < 0 || x[candidate] > x[result[place]] { result[place] = candidate }
      }
    }
    return result
  }

  func averages(_ x: [Double], _ pooling: Pooling) -> [Double] {
    let divisors = self.divisors(pooling)
    var result = [Double](repeating: 0, count: output.count)
    for channel in 0..<output.channels {
      forEachTap(kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding) {
        pixel, source, _ in
        result[channel * output.area + pixel] +=
          x[channel * inputs[0].area + source] / divisors[pixel]
      }
    }
    return result
  }

  func averagesBack(_ cotangent: [Double], _ pooling: Pooling) -> [Double] {
    let divisors = self.divisors(pooling)
    var result = [Double](repeating: 0, count: inputs[0].count)
    for channel in 0..<output.channels {
      forEachTap(kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding) {
        pixel, source, _ in
        result[channel * inputs[0].area + source] +=
          cotangent[channel * output.area + pixel] / divisors[pixel]
      }
    }
    return result
  }

  /// What the sum over each window is divided by.
  private func divisors(_ pooling: Pooling) -> [Double] {
    switch pooling.divisor {
    case .window: return [Double](repeating: Double(pooling.kernel.area), count: output.area)
    case .inside:
      var counts = [Double](repeating: 0, count: output.area)
      forEachTap(kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding) {
        pixel, _, _ in counts[pixel] += 1
      }
      return counts
    }
  }
}
