import Graphs
import Tensors

/// Channels divided by their norms, computed in double precision.
struct RowNormalizationLayer: Layer {
  var norm: RowNormalization
  var temperature: Tensor?
  var shape: FeatureShape

  private var width: Int { shape.channels / norm.heads }

  private func row(_ values: Values, _ channel: Int) -> [Double] {
    values.extracting(channel * shape.area..<(channel + 1) * shape.area).map(Double.init)
  }

  /// What a channel is divided by, and whether that is its norm.
  private func divisor(_ row: [Double]) -> (Double, isNorm: Bool) {
    let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return norm < self.norm.epsilon ? (self.norm.epsilon, false) : (norm, true)
  }

  func forward(_ values: Pass) {
    for channel in 0..<shape.channels {
      let row = row(values.inputs[0], channel)
      let factor = Double(temperature?[channel / width] ?? 1) / divisor(row).0
      for (i, x) in row.enumerated() {
        values.output[channel * shape.area + i] = Float(x * factor)
      }
    }
  }

  func backward(_ values: Pass, gradients: Pass) {
    for channel in 0..<shape.channels {
      let row = row(values.inputs[0], channel)
      let cotangent = self.row(gradients.output, channel)
      let (divisor, isNorm) = divisor(row)
      let factor = Double(temperature?[channel / width] ?? 1) / divisor
      let tilt =
        isNorm ? zip(cotangent, row).reduce(0) { $0 + $1.0 * $1.1 } / divisor / divisor : 0
      for i in row.indices {
        gradients.inputs[0][channel * shape.area + i] += Float(
          (cotangent[i] - row[i] * tilt) * factor)
      }
    }
  }

  func accumulate(_ values: Pass, gradients: Pass, into parameters: [Values]) {
    guard let sums = parameters.first else { return }
    for channel in 0..<shape.channels {
      let row = row(values.inputs[0], channel)
      let products = zip(self.row(gradients.output, channel), row).reduce(0) { $0 + $1.0 * $1.1 }
      sums[channel / width] += Float(products / divisor(row).0)
    }
  }
}

/// Values that are always the same.
struct ConstantLayer: Layer {
  var values: [Float]

  func forward(_ pass: Pass) { _ = pass.output.update(fromContentsOf: values) }

  func backward(_ values: Pass, gradients: Pass) {}
}
