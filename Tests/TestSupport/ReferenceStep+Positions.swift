import Graphs
import Tensors

/// Normalisation over the channels of each position, and what replaces values near a mean.
extension ReferenceStep {
  /// Without mean and deviation; and 1/√(variance + ε) of each position.
  func normalized(
    _ x: [Double], _ norm: LayerNormalization
  ) -> (values: [Double], factors: [Double]) {
    let (area, channels) = (inputs[0].area, inputs[0].channels)
    var values = x
    var factors: [Double] = []
    for position in 0..<area {
      let column = (0..<channels).map { x[$0 * area + position] }
      let mean = column.reduce(0, +) / Double(channels)
      let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(channels)
      factors.append(1 / (variance + norm.epsilon).squareRoot())
      for channel in 0..<channels {
        values[channel * area + position] = (column[channel] - mean) * factors[position]
      }
    }
    return (values, factors)
  }

  /// The cotangent times the Jacobian, which is written out.
  func normalizedBack(
    _ cotangent: [Double], _ norm: LayerNormalization, _ x: [Double]
  ) -> [Double] {
    let (area, channels) = (inputs[0].area, inputs[0].channels)
    let scale = parameter(norm.weight)
    let (values, factors) = normalized(x, norm)
    return x.indices.map { index in
      let (own, position) = (index / area, index % area)
      return (0..<channels).reduce(0) { sum, other in
        let place = other * area + position
        let slope =
          (own == other ? 1 : 0) - (1 + values[index] * values[place]) / Double(channels)
        return sum + cotangent[place] * scale[other] * slope * factors[position]
      }
    }
  }

  /// What a value's channel is divided by, and whether that is its norm.
  func divisor(_ norm: RowNormalization, _ x: [Double], _ index: Int) -> (Double, isNorm: Bool) {
    let area = inputs[0].area
    let row = x[index / area * area..<(index / area + 1) * area]
    let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return (max(length, norm.epsilon), length >= norm.epsilon)
  }

  /// The factor of a value's head.
  func factor(_ norm: RowNormalization, _ index: Int) -> Double {
    norm.temperature.map { parameter($0)[channel(index) / (output.channels / norm.heads)] } ?? 1
  }

  /// The cotangent times the Jacobian, which is written out.
  func rowNormalizedBack(
    _ cotangent: [Double], _ norm: RowNormalization, _ x: [Double]
  ) -> [Double] {
    let area = inputs[0].area
    return x.indices.map { index in
      let (length, isNorm) = divisor(norm, x, index)
      let row = index / area * area..<(index / area + 1) * area
      return row.reduce(0) { sum, other in
        let slope =
          (index == other ? 1 / length : 0)
          - (isNorm ? x[index] * x[other] / (length * length * length) : 0)
        return sum + cotangent[other] * factor(norm, other) * slope
      }
    }
  }

  /// Whether a value is near the mean of its channel.
  func isReplaced(_ x: [Double], _ index: Int, _ sparse: MeanSparse) -> Bool {
    let channel = channel(index)
    return abs(x[index] - parameter(sparse.mean)[channel])
      < parameter(sparse.threshold)[0] * parameter(sparse.variance)[channel].squareRoot()
  }

  /// The gradient of a matrix: products of cotangents and inputs, summed up over the positions.
  func matrixGradient(_ cotangent: [Double], input: [Double]) -> [Double] {
    let area = output.area
    var result: [Double] = []
    for row in 0..<output.channels {
      for column in 0..<inputs[0].channels {
        var sum = 0.0
        for position in 0..<area {
          sum += cotangent[row * area + position] * input[column * area + position]
        }
        result.append(sum)
      }
    }
    return result
  }
}
