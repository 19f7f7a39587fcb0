import Execution
import Graphs
import Tensors

/// Mean and biased variance of each channel.
struct Moments {
  var mean: [Double]
  var variance: [Double]

  /// Those of a batch of activations with so many pixels a channel, in two passes.
  init(of batch: [Values], channels: Int, area: Int) {
    let count = Double(batch.count * area)
    var (mean, variance) = ([Double](), [Double]())
    for channel in 0..<channels {
      let planes = batch.map { $0.extracting(channel * area..<(channel + 1) * area) }
      let center = planes.joined().reduce(0) { $0 + Double($1) } / count
      mean.append(center)
      variance.append(
        planes.joined().reduce(0) { $0 + (Double($1) - center) * (Double($1) - center) } / count)
    }
    self.mean = mean
    self.variance = variance
  }

  /// Given ones.
  init(mean: Tensor, variance: Tensor) {
    self.mean = mean.elements.map(Double.init)
    self.variance = variance.elements.map(Double.init)
  }
}

/// Batch normalisation of a whole batch.
///
/// Source: Ioffe & Szegedy, *Batch normalization*, 2015, algorithm 1 and the gradients of §3.
struct BatchNormalizationLayer {
  var weight: Tensor
  var bias: Tensor
  var epsilon: Double
  var area: Int
  var moments: Moments
  var statistics: NormalizationStatistics

  private func inverseDeviation(_ channel: Int) -> Double {
    1 / (moments.variance[channel] + epsilon).squareRoot()
  }

  func forward(_ values: [Pass]) {
    for channel in 0..<weight.count {
      let (mean, bias) = (moments.mean[channel], Double(bias[channel]))
      let factor = Double(weight[channel]) * inverseDeviation(channel)
      for pass in values {
        for i in channel * area..<(channel + 1) * area {
          pass.output[i] = Float((Double(pass.inputs[0][i]) - mean) * factor + bias)
        }
      }
    }
  }

  /// Adds to the gradients of its inputs, and sets those of weight and bias.
  func backward(_ values: [Pass], gradients: [Pass], into parameters: [Values]) {
    let count = Double(values.count * area)
    for channel in 0..<weight.count {
      let (mean, deviation) = (moments.mean[channel], inverseDeviation(channel))
      let pixels = channel * area..<(channel + 1) * area
      var (cotangents, products) = (0.0, 0.0)  // Σ ȳ and Σ ȳ·x̂
      for (pass, gradient) in zip(values, gradients) {
        for i in pixels {
          cotangents += Double(gradient.output[i])
          products +=
            Double(gradient.output[i]) * (Double(pass.inputs[0][i]) - mean) * deviation
        }
      }
      parameters[0][channel] += Float(products)
      parameters[1][channel] += Float(cotangents)
      // Running statistics are constants: nothing flows through them.
      let share = statistics == .batch ? (cotangents / count, products / count) : (0, 0)
      let factor = Double(weight[channel]) * deviation
      for (pass, gradient) in zip(values, gradients) {
        for i in pixels {
          let normalized = (Double(pass.inputs[0][i]) - mean) * deviation
          gradient.inputs[0][i] += Float(
            factor * (Double(gradient.output[i]) - share.0 - normalized * share.1))
        }
      }
    }
  }
}
