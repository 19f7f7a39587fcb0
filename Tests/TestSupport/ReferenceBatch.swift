public import Execution
import Graphs
import Tensors

/// A batch on its way through a ``ReferenceNetwork`` in training.
public struct ReferenceBatch {
  private let network: ReferenceNetwork
  private let statistics: NormalizationStatistics
  /// The outputs of all nodes, image by image.
  private var values: [[[Double]]] = []
  /// Each node with the statistics that it uses.
  private var steps: [ReferenceStep] = []

  /// Computes the activations.
  ///
  /// - Parameters:
  ///   - pixels: one image after another.
  ///   - network: with the parameters' values.
  ///   - statistics: what batch normalisations use.
  public init(
    _ pixels: [[Double]], through network: ReferenceNetwork, statistics: NormalizationStatistics
  ) {
    self.network = network
    self.statistics = statistics
    for (position, node) in network.model.graph.nodes.enumerated() {
      var step = network.step(position)
      if case .batchNormalization(let norm) = node.operation, statistics == .batch {
        let planes = step.planes(values[node.inputs[0]])
        step.parameters[norm.mean] = planes.map(\.mean)
        step.parameters[norm.variance] = planes.map { $0.squaredDeviations / Double($0.count) }
      }
      steps.append(step)
      values.append(
        node.operation == .input
          ? pixels
          : pixels.indices.map { image in step.forward(node.inputs.map { values[$0][image] }) })
    }
  }

  /// One row an image.
  public var logits: [[Double]] { values.last ?? [] }

  /// The running statistics after one update, by name.
  public var runningStatistics: [String: [Double]] {
    var result: [String: [Double]] = [:]
    for (position, node) in network.model.graph.nodes.enumerated() {
      guard case .batchNormalization(let norm) = node.operation else { continue }
      let planes = steps[position].planes(values[node.inputs[0]])
      let goals = [
        norm.mean: planes.map(\.mean),
        norm.variance: planes.map { $0.squaredDeviations / Double($0.count - 1) },
      ]
      for (name, goal) in goals {
        let old = network.parameters[name] ?? []
        result[name] = statistics == .running ? old : zip(old, goal).map { 0.9 * $0 + 0.1 * $1 }
      }
    }
    return result
  }

  /// The gradients of Σ cotangent · logits over the batch.
  ///
  /// - Parameter cotangents: one row an image.
  /// - Returns: by parameter, and image by image.
  public func gradients(
    cotangents: [[Double]]
  ) -> (parameters: [String: [Double]], images: [[Double]]) {
    let batch = cotangents.indices
    var parameters: [String: [Double]] = [:]
    var gradients = network.shapes.map { shape in
      batch.map { _ in [Double](repeating: 0, count: shape.count) }
    }
    gradients[gradients.count - 1] = cotangents
    for (position, node) in network.model.graph.nodes.enumerated().reversed()
    where node.operation != .input {
      let step = steps[position]
      let inputs = batch.map { image in node.inputs.map { values[$0][image] } }
      for image in batch {
        let own = step.parameterGradients(gradients[position][image], inputs: inputs[image])
        for (name, gradient) in zip(node.operation.trainableNames, own) {
          parameters[name] = parameters[name].map { zip($0, gradient).map { $0 + $1 } } ?? gradient
        }
      }
      let parts: [[[Double]]] =
        if case .batchNormalization(let norm) = node.operation, statistics == .batch {
          step.backThroughStatistics(
            norm, gradients[position], values[node.inputs[0]]
          ).map { [$0] }
        } else {
          batch.map { step.backward(gradients[position][$0], inputs: inputs[$0]) }
        }
      for image in batch {
        for (input, part) in zip(node.inputs, parts[image]) {
          for index in part.indices { gradients[input][image][index] += part[index] }
        }
      }
    }
    return (parameters, gradients[0])
  }
}

extension [Double] {
  fileprivate var mean: Double { reduce(0, +) / Double(count) }

  fileprivate var squaredDeviations: Double {
    let center = mean
    return reduce(0) { $0 + ($1 - center) * ($1 - center) }
  }
}

extension ReferenceStep {
  /// The values of each channel, all images together.
  fileprivate func planes(_ batch: [[Double]]) -> [[Double]] {
    let area = output.area
    return (0..<output.channels).map { channel in
      batch.flatMap { $0[channel * area..<(channel + 1) * area] }
    }
  }

  /// Batch normalisation's input gradients.
  ///
  /// Source: Ioffe & Szegedy, *Batch normalization*, 2015, §3: first those of variance and mean.
  fileprivate func backThroughStatistics(
    _ norm: BatchNormalization, _ cotangents: [[Double]], _ x: [[Double]]
  ) -> [[Double]] {
    let (weight, area) = (parameter(norm.weight), output.area)
    let (mean, variance) = (parameter(norm.mean), parameter(norm.variance))
    let count = Double(x.count * area)
    var result = x
    for channel in 0..<output.channels {
      let spread = variance[channel] + norm.epsilon
      let pixels = x.indices.flatMap { image in
        (channel * area..<(channel + 1) * area).map { (image, $0) }
      }
      var (ofVariance, ofMean) = (0.0, 0.0)
      for (image, pixel) in pixels {
        let cotangent = cotangents[image][pixel] * weight[channel]
        ofVariance -=
          cotangent * (x[image][pixel] - mean[channel]) / (2 * spread * spread.squareRoot())
        ofMean -= cotangent / spread.squareRoot()
      }
      for (image, pixel) in pixels {
        result[image][pixel] =
          cotangents[image][pixel] * weight[channel] / spread.squareRoot()
          + ofVariance * 2 * (x[image][pixel] - mean[channel]) / count + ofMean / count
      }
    }
    return result
  }
}
