import Foundation
import Graphs
import Tensors

/// One operation of a ``ReferenceNetwork``, forwards and backwards.
struct ReferenceStep {
  var operation: Graphs.Operation
  var inputs: [FeatureShape]
  var output: FeatureShape
  /// The shapes of all parameters.
  var kernels: [String: [Int]]
  /// The values of all parameters.
  var parameters: [String: [Double]]

  func forward(_ x: [[Double]]) -> [Double] {
    switch operation {
    case .input, .flatten: return x[0]
    case .convolution(let convolution): return convolved(x[0], convolution)
    case .linear(let linear): return multiplied(x[0], linear)
    case .batchNormalization, .channelAffine, .normalize:
      let (scale, shift) = affine()
      return x[0].indices.map { x[0][$0] * scale[channel($0)] + shift[channel($0)] }
    case .layerNormalization(let norm):
      let (scale, shift) = (parameter(norm.weight), parameter(norm.bias))
      return normalized(x[0], norm).values.enumerated().map {
        $1 * scale[channel($0)] + shift[channel($0)]
      }
    case .meanSparse(let sparse):
      let mean = parameter(sparse.mean)
      return x[0].indices.map { isReplaced(x[0], $0, sparse) ? mean[channel($0)] : x[0][$0] }
    case .relu: return x[0].map { max($0, 0) }
    case .silu: return x[0].map { $0 / (1 + exp(-$0)) }
    case .elementwise(let function): return x[0].map { function.reference($0) }
    case .add: return zip(x[0], x[1]).map { $0 + $1 }
    case .multiply:
      let share = x[0].count / x[1].count
      return x[0].indices.map { x[0][$0] * x[1][$0 / share] }
    case .maxPool(let pooling): return maxima(x[0], pooling).map { x[0][$0] }
    case .averagePool(let pooling): return averages(x[0], pooling)
    case .globalAveragePool:
      let area = inputs[0].area
      return (0..<output.channels).map { channel in
        x[0][channel * area..<(channel + 1) * area].reduce(0, +) / Double(area)
      }
    case .concatenate: return x.flatMap { $0 }
    case .channelShuffle, .channelSlice: return sources().map { x[0][$0] }
    case .pad(let padding):
      var result = [Double](repeating: Double(padding.value), count: output.count)
      for (index, place) in places(padding).enumerated() { result[place] = x[0][index] }
      return result
    case .attention(let attention): return attended(attention, x)
    case .table(let table): return table.places.map { parameter(table.parameter)[Int($0)] }
    case .rowNormalization(let norm):
      return x[0].indices.map { x[0][$0] * factor(norm, $0) / divisor(norm, x[0], $0).0 }
    case .positionEncoding(let encoding): return encoding.values.map(Double.init)
    case .rearrange(let rearrangement):
      return rearrangement.sources(from: inputs).map { x[$0.input][$0.place] }
    }
  }

  /// The cotangent of each input.
  func backward(_ cotangent: [Double], inputs x: [[Double]]) -> [[Double]] {
    switch operation {
    case .input: return []
    case .flatten: return [cotangent]
    case .convolution(let convolution): return [convolvedBack(cotangent, convolution)]
    case .linear(let linear): return [multipliedBack(cotangent, linear)]
    case .batchNormalization, .channelAffine, .normalize:
      let (scale, _) = affine()
      return [cotangent.indices.map { cotangent[$0] * scale[channel($0)] }]
    case .layerNormalization(let norm): return [normalizedBack(cotangent, norm, x[0])]
    case .meanSparse(let sparse):
      return [cotangent.indices.map { isReplaced(x[0], $0, sparse) ? 0 : cotangent[$0] }]
    case .relu: return [zip(x[0], cotangent).map { $0 > 0 ? $1 : 0 }]
    case .silu:
      return [
        zip(x[0], cotangent).map { value, cotangent in
          let gate = 1 / (1 + exp(-value))  // σ(x)
          return cotangent * gate * (1 + value * (1 - gate))
        }
      ]
    case .elementwise(let function):
      return [zip(x[0], cotangent).map { $1 * function.referenceSlope($0) }]
    case .add: return [cotangent, cotangent]
    case .multiply:
      let share = x[0].count / x[1].count
      var second = [Double](repeating: 0, count: x[1].count)
      for index in x[0].indices { second[index / share] += cotangent[index] * x[0][index] }
      return [cotangent.indices.map { cotangent[$0] * x[1][$0 / share] }, second]
    case .maxPool(let pooling): return [scattered(cotangent, to: maxima(x[0], pooling))]
    case .averagePool(let pooling): return [averagesBack(cotangent, pooling)]
    case .globalAveragePool:
      let area = inputs[0].area
      return [(0..<inputs[0].count).map { cotangent[$0 / area] / Double(area) }]
    case .concatenate:
      var start = 0
      return inputs.map { shape in
        defer { start += shape.count }
        return Array(cotangent[start..<start + shape.count])
      }
    case .channelShuffle, .channelSlice: return [scattered(cotangent, to: sources())]
    case .pad(let padding): return [places(padding).map { cotangent[$0] }]
    case .attention(let attention): return attendedBack(cotangent, attention, x)
    case .table, .positionEncoding: return []
    case .rowNormalization(let norm): return [rowNormalizedBack(cotangent, norm, x[0])]
    case .rearrange(let rearrangement):
      var results = inputs.map { [Double](repeating: 0, count: $0.count) }
      for (index, source) in rearrangement.sources(from: inputs).enumerated() {
        results[source.input][source.place] += cotangent[index]
      }
      return results
    }
  }

  /// The gradient of each trainable parameter, in the order of `Operation.trainableNames`.
  func parameterGradients(_ cotangent: [Double], inputs x: [[Double]]) -> [[Double]] {
    switch operation {
    case .convolution(let convolution):
      let kernels = kernelGradient(cotangent, convolution, input: x[0])
      return [kernels] + (convolution.bias == nil ? [] : [channelSums(cotangent)])
    case .linear(let linear):
      let matrix = matrixGradient(cotangent, input: x[0])
      return [matrix] + (linear.bias == nil ? [] : [channelSums(cotangent)])
    case .batchNormalization(let norm):
      let (mean, variance) = (parameter(norm.mean), parameter(norm.variance))
      let products = cotangent.indices.map { index in
        let channel = channel(index)
        return cotangent[index] * (x[0][index] - mean[channel])
          / (variance[channel] + norm.epsilon).squareRoot()
      }
      return [channelSums(products), channelSums(cotangent)]
    case .channelAffine(let affine):
      return [channelSums(zip(cotangent, x[0]).map { $0 * $1 })]
        + (affine.shift == nil ? [] : [channelSums(cotangent)])
    case .layerNormalization(let norm):
      let products = zip(cotangent, normalized(x[0], norm).values).map { $0 * $1 }
      return [channelSums(products), channelSums(cotangent)]
    case .attention(let attention):
      return attention.bias == nil ? [] : [biasGradient(cotangent, attention, x)]
    case .rowNormalization(let norm):
      if norm.temperature == nil { return [] }
      var result = [Double](repeating: 0, count: norm.heads)
      for index in cotangent.indices {
        result[channel(index) / (output.channels / norm.heads)] +=
          cotangent[index] * x[0][index] / divisor(norm, x[0], index).0
      }
      return [result]
    case .table(let table):
      var result = [Double](repeating: 0, count: cotangent.count)
      for (index, place) in table.places.enumerated() { result[Int(place)] += cotangent[index] }
      return [result]
    case .meanSparse, .input, .relu, .silu, .elementwise, .add, .multiply, .maxPool, .averagePool,
      .globalAveragePool, .flatten,
      .normalize, .concatenate, .channelShuffle, .channelSlice, .pad, .rearrange,
      .positionEncoding:
      return []
    }
  }

  private func channelSums(_ values: [Double]) -> [Double] {
    (0..<output.channels).map { channel in
      values[channel * output.area..<(channel + 1) * output.area].reduce(0, +)
    }
  }

  func channel(_ index: Int) -> Int { index / inputs[0].area }

  func parameter(_ name: String) -> [Double] { parameters[name] ?? [] }

  /// Adds each cotangent to the input position it came from.
  private func scattered(_ cotangent: [Double], to sources: [Int]) -> [Double] {
    var result = [Double](repeating: 0, count: inputs[0].count)
    for (index, source) in sources.enumerated() { result[source] += cotangent[index] }
    return result
  }

  /// The factor and summand of each channel.
  private func affine() -> (scale: [Double], shift: [Double]) {
    switch operation {
    case .batchNormalization(let norm):
      let mean = parameter(norm.mean)
      let shift = parameter(norm.bias)
      let scale = zip(parameter(norm.weight), parameter(norm.variance)).map {
        $0 / ($1 + norm.epsilon).squareRoot()
      }
      return (scale, scale.indices.map { shift[$0] - mean[$0] * scale[$0] })
    case .channelAffine(let affine):
      let scale = parameter(affine.scale)
      return (scale, affine.shift.map(parameter) ?? scale.map { _ in 0 })
    case .normalize(let constants):
      let scale = constants.deviation.map { 1 / Double($0) }
      return (scale, zip(constants.mean, scale).map { -Double($0) * $1 })
    default: preconditionFailure("\(operation.name) has no factor a channel")
    }
  }

  /// For every output value the input position it is copied from.
  private func sources() -> [Int] {
    let area = inputs[0].area
    return (0..<output.count).map { index in
      let channel = index / area
      switch operation {
      case .channelSlice(let range): return (range.lowerBound + channel) * area + index % area
      case .channelShuffle(let groups):
        let size = inputs[0].channels / groups
        return ((channel % groups) * size + channel / groups) * area + index % area
      default: preconditionFailure("\(operation.name) does not pick channels")
      }
    }
  }

  /// For every input value the output position it is copied to.
  private func places(_ padding: ConstantPadding) -> [Int] {
    let shape = inputs[0]
    return (0..<shape.count).map { index in
      let channel = index / shape.area + padding.channelsBefore
      let row = index % shape.area / shape.width + padding.spatial.top
      let column = index % shape.width + padding.spatial.left
      return (channel * output.height + row) * output.width + column
    }
  }
}
