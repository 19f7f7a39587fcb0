import Graphs
import Tensors

extension Windows {
  init(_ pooling: Pooling, input: FeatureShape, output: FeatureShape) {
    self.init(
      input: input, output: output, stride: pooling.stride, padding: pooling.padding)
  }

  /// Calls a closure for every window with its output position and the input positions inside the
  /// image, row by row.
  func visit(_ kernel: Size, _ body: (_ output: Int, _ inside: [Int]) -> Void) {
    var inside: [Int] = []
    var position = 0
    for channel in 0..<input.channels {
      for y in 0..<output.height {
        let rows = (row(y, 0)..<row(y, kernel.height)).clamped(to: 0..<input.height)
        for x in 0..<output.width {
          let columns = (column(x, 0)..<column(x, kernel.width)).clamped(to: 0..<input.width)
          inside.removeAll(keepingCapacity: true)
          for row in rows {
            for column in columns {
              inside.append((channel * input.height + row) * input.width + column)
            }
          }
          body(position, inside)
          position += 1
        }
      }
    }
  }
}

/// The largest value of each window, the first of equals; padding never wins.
struct MaxPoolLayer: Layer {
  var kernel: Size
  var windows: Windows

  init(pooling: Pooling, input: FeatureShape, output: FeatureShape) {
    kernel = pooling.kernel
    windows = Windows(pooling, input: input, output: output)
  }

  func forward(_ values: Pass) {
    windows.visit(kernel) { output, inside in
      let winner = Self.winner(among: inside, in: values.inputs[0])
      values.output[output] = winner.map { values.inputs[0][$0] } ?? -.infinity
    }
  }

  func backward(_ values: Pass, gradients: Pass) {
    windows.visit(kernel) { output, inside in
      if let winner = Self.winner(among: inside, in: values.inputs[0]) {
        gradients.inputs[0][winner] += gradients.output[output]
      }
    }
  }

  /// NaN wins, so that it is seen in the logits.
  private static func winner(among positions: [Int], in values: Values) -> Int? {
    guard var winner = positions.first else { return nil }
    for position in positions where values[position] > values[winner] || values[position].isNaN {
      winner = position
    }
    return winner
  }
}

/// The mean of each window.
struct AveragePoolLayer: Layer {
  var pooling: Pooling
  var windows: Windows

  init(pooling: Pooling, input: FeatureShape, output: FeatureShape) {
    self.pooling = pooling
    windows = Windows(pooling, input: input, output: output)
  }

  func forward(_ values: Pass) {
    windows.visit(pooling.kernel) { output, inside in
      let sum = inside.reduce(0) { $0 + values.inputs[0][$1] }
      values.output[output] = sum / divisor(inside)
    }
  }

  func backward(_ values: Pass, gradients: Pass) {
    windows.visit(pooling.kernel) { output, inside in
      let share = gradients.output[output] / divisor(inside)
      for position in inside { gradients.inputs[0][position] += share }
    }
  }

  private func divisor(_ inside: [Int]) -> Float {
    switch pooling.divisor {
    case .window: Float(pooling.kernel.area)
    // A window wholly in the padding has mean 0, not 0/0.
    case .inside: Float(max(inside.count, 1))
    }
  }
}

/// The mean of each channel.
struct GlobalAveragePoolLayer: Layer {
  var area: Int

  func forward(_ values: Pass) {
    for channel in values.output.indices {
      let pixels = values.inputs[0].extracting(channel * area..<(channel + 1) * area)
      values.output[channel] = pixels.reduce(0, +) / Float(area)
    }
  }

  func backward(_ values: Pass, gradients: Pass) {
    for i in gradients.inputs[0].indices {
      gradients.inputs[0][i] += gradients.output[i / area] / Float(area)
    }
  }
}
