import Graphs
import Tensors

/// Layer normalisation over the channels of each position, computed in double precision.
struct LayerNormalizationLayer: Layer {
  var weight: Tensor
  var bias: Tensor
  var epsilon: Double
  var area: Int

  private var channels: Int { weight.count }

  func forward(_ values: Pass) {
    for position in 0..<area {
      let normal = normalized(values.inputs[0], position).values
      for channel in 0..<channels {
        values.output[channel * area + position] = Float(
          normal[channel] * Double(weight[channel]) + Double(bias[channel]))
      }
    }
  }

  func backward(_ values: Pass, gradients: Pass) {
    let count = Double(channels)
    for position in 0..<area {
      let (normal, factor) = normalized(values.inputs[0], position)
      let slopes = (0..<channels).map {
        Double(gradients.output[$0 * area + position]) * Double(weight[$0])
      }
      let level = slopes.reduce(0, +) / count
      let tilt = zip(slopes, normal).reduce(0) { $0 + $1.0 * $1.1 } / count
      for channel in 0..<channels {
        gradients.inputs[0][channel * area + position] += Float(
          (slopes[channel] - level - normal[channel] * tilt) * factor)
      }
    }
  }

  func accumulate(_ values: Pass, gradients: Pass, into parameters: [Values]) {
    var sums = [Double](repeating: 0, count: channels)
    var products = sums
    for position in 0..<area {
      let normal = normalized(values.inputs[0], position).values
      for channel in 0..<channels {
        let cotangent = Double(gradients.output[channel * area + position])
        sums[channel] += cotangent
        products[channel] += cotangent * normal[channel]
      }
    }
    for channel in 0..<channels {
      parameters[0][channel] += Float(products[channel])
      parameters[1][channel] += Float(sums[channel])
    }
  }

  /// The channels of a position without mean and deviation, and 1/√(variance + ε).
  private func normalized(_ input: Values, _ position: Int) -> (values: [Double], factor: Double) {
    let values = (0..<channels).map { Double(input[$0 * area + position]) }
    let mean = values.reduce(0, +) / Double(channels)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(channels)
    let factor = 1 / (variance + epsilon).squareRoot()
    return (values.map { ($0 - mean) * factor }, factor)
  }
}

/// The channel's mean in place of values near it.
struct MeanSparseLayer: Layer {
  var mean: Tensor
  var variance: Tensor
  var threshold: Float
  var area: Int

  func forward(_ values: Pass) {
    for i in values.output.indices {
      let x = values.inputs[0][i]
      values.output[i] = isReplaced(x, i / area) ? mean[i / area] : x
    }
  }

  func backward(_ values: Pass, gradients: Pass) {
    for i in gradients.output.indices where !isReplaced(values.inputs[0][i], i / area) {
      gradients.inputs[0][i] += gradients.output[i]
    }
  }

  private func isReplaced(_ x: Float, _ channel: Int) -> Bool {
    abs(x - mean[channel]) < threshold * variance[channel].squareRoot()
  }
}
