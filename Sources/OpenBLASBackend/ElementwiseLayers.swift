import Foundation
import Graphs
import Tensors

/// Scale and perhaps shift, channel by channel.
struct ChannelAffineLayer: Layer {
  var scale: Tensor
  var shift: Tensor?
  var area: Int

  func forward(_ values: Pass) {
    for channel in 0..<scale.count {
      let (scale, shift) = (scale[channel], shift.map { $0[channel] } ?? 0)
      for i in channel * area..<(channel + 1) * area {
        values.output[i] = values.inputs[0][i] * scale + shift
      }
    }
  }

  func backward(_ values: Pass, gradients: Pass) {
    for channel in 0..<scale.count {
      let scale = scale[channel]
      for i in channel * area..<(channel + 1) * area {
        gradients.inputs[0][i] += gradients.output[i] * scale
      }
    }
  }

  func accumulate(_ values: Pass, gradients: Pass, into parameters: [Values]) {
    for i in gradients.output.indices {
      parameters[0][i / area] += gradients.output[i] * values.inputs[0][i]
      if shift != nil { parameters[1][i / area] += gradients.output[i] }
    }
  }
}

/// (x − mean) / deviation, channel by channel.
struct NormalizeLayer: Layer {
  var constants: Normalization
  var area: Int

  func forward(_ values: Pass) {
    for i in values.output.indices {
      let channel = i / area
      values.output[i] =
        (values.inputs[0][i] - constants.mean[channel]) / constants.deviation[channel]
    }
  }

  func backward(_ values: Pass, gradients: Pass) {
    for i in gradients.output.indices {
      gradients.inputs[0][i] += gradients.output[i] / constants.deviation[i / area]
    }
  }
}

/// max(x, 0); NaN stays NaN, the derivative at 0 is 0.
struct ReLULayer: Layer {
  func forward(_ values: Pass) {
    for i in values.output.indices {
      let x = values.inputs[0][i]
      values.output[i] = x < 0 ? 0 : x
    }
  }

  func backward(_ values: Pass, gradients: Pass) {
    for i in gradients.output.indices where values.inputs[0][i] > 0 {
      gradients.inputs[0][i] += gradients.output[i]
    }
  }
}

/// x · σ(x).
struct SiLULayer: Layer {
  func forward(_ values: Pass) {
    for i in values.output.indices {
      let x = values.inputs[0][i]
      values.output[i] = x / (1 + exp(-x))
    }
  }

  func backward(_ values: Pass, gradients: Pass) {
    for i in gradients.output.indices {
      let x = values.inputs[0][i]
      let sigmoid = 1 / (1 + exp(-x))
      gradients.inputs[0][i] += gradients.output[i] * sigmoid * (1 + x * (1 - sigmoid))
    }
  }
}

/// The product of two activations, which may be the same one, or of one and a value a channel.
struct ProductLayer: Layer {
  /// How many values one value of the second input is multiplied with.
  var area: Int

  func forward(_ values: Pass) {
    for i in values.output.indices {
      values.output[i] = values.inputs[0][i] * values.inputs[1][i / area]
    }
  }

  func backward(_ values: Pass, gradients: Pass) {
    for i in gradients.output.indices {
      gradients.inputs[0][i] += gradients.output[i] * values.inputs[1][i / area]
    }
    for i in gradients.inputs[1].indices {
      let sum = (i * area..<(i + 1) * area).reduce(0.0) {
        $0 + Double(gradients.output[$1]) * Double(values.inputs[0][$1])
      }
      gradients.inputs[1][i] += Float(sum)
    }
  }
}

/// The sum of two activations, which may be the same one.
struct AddLayer: Layer {
  func forward(_ values: Pass) {
    for i in values.output.indices {
      values.output[i] = values.inputs[0][i] + values.inputs[1][i]
    }
  }

  func backward(_ values: Pass, gradients: Pass) {
    for input in gradients.inputs {
      for i in input.indices { input[i] += gradients.output[i] }
    }
  }
}
