import Execution
import Graphs
import Tensors

/// Runs the layers one after another, each over the whole batch.
final class OpenBLASTrainingPlan: TrainingPlan {
  let batch: Int
  private let graph: Graph
  private let shapes: [FeatureShape]
  private let parameterShapes: [String: [Int]]
  private let statistics: NormalizationStatistics
  private let derivatives: Derivatives
  private let activations: [NodeValues]
  private let gradients: [NodeValues]
  private var scratch = NodeValues(counts: [0])
  private var layers: [TrainingLayer] = []
  private var turn: TrainingTurn

  init(
    graph: Graph, shapes: [FeatureShape], parameterShapes: [String: [Int]], batch: Int,
    statistics: NormalizationStatistics, computing derivatives: Derivatives
  ) {
    turn = TrainingTurn(
      batch: batch, pixels: graph.input.count, classes: shapes[shapes.count - 1].count)
    self.graph = graph
    self.shapes = shapes
    self.parameterShapes = parameterShapes
    self.batch = batch
    self.statistics = statistics
    self.derivatives = derivatives
    let counts = shapes.map(\.count)
    activations = (0..<batch).map { _ in NodeValues(counts: counts) }
    gradients = derivatives.isEmpty ? [] : (0..<batch).map { _ in NodeValues(counts: counts) }
  }

  private var classes: Int { shapes[shapes.count - 1].count }

  func forward(
    _ images: Span<Float>, parameters: [String: Tensor], logits: inout MutableSpan<Float>
  ) throws(BackendError) {
    turn.beginForward(images: images.count, logits: logits.count)
    layers.removeAll(keepingCapacity: true)
    for image in 0..<batch {
      let pixels = activations[image][0]
      for i in pixels.indices { pixels[i] = images[image * pixels.count + i] }
    }
    for position in graph.nodes.indices {
      let layer = layer(at: position, parameters)
      layers.append(layer)
      if case .eachImage(let layer) = layer { makeRoom(for: layer.scratchCount) }
      let values = passes(position, over: activations)
      switch layer {
      case .image: break
      case .eachImage(let layer): for pass in values { layer.forward(pass) }
      case .wholeBatch(let normalization): normalization.forward(values)
      }
    }
    for image in 0..<batch {
      let output = activations[image][graph.nodes.count - 1]
      for i in output.indices { logits[image * classes + i] = output[i] }
    }
    turn.endForward()
  }

  func updateRunningStatistics(in parameters: inout [String: Tensor]) {
    turn.checkStatistics()
    if statistics == .running { return }
    for (node, layer) in zip(graph.nodes, layers) {
      guard case .batchNormalization(let norm) = node.operation,
        case .wholeBatch(let normalization) = layer
      else { continue }
      let count = Double(batch * normalization.area)
      parameters[norm.mean]?.approach(normalization.moments.mean)
      parameters[norm.variance]?.approach(
        normalization.moments.variance.map { $0 * count / (count - 1) })
    }
  }

  func backward(_ cotangent: Span<Float>) throws(BackendError) -> Gradients {
    turn.beginBackward(cotangent: cotangent.count)
    let sums = ParameterSums(graph.trainableNames, parameterShapes)
    if derivatives.isEmpty { return Gradients(parameters: [:], images: nil) }
    for image in 0..<batch {
      gradients[image].clear()
      let output = gradients[image][graph.nodes.count - 1]
      for i in output.indices { output[i] = cotangent[image * classes + i] }
    }
    for position in layers.indices.reversed() {
      let values = passes(position, over: activations)
      let cotangents = passes(position, over: gradients)
      let parameters = graph.nodes[position].operation.trainableNames.map { sums[$0] }
      switch layers[position] {
      case .image: break
      case .eachImage(let layer):
        for (pass, cotangent) in zip(values, cotangents) {
          if derivatives.contains(.parameters) {
            layer.accumulate(pass, gradients: cotangent, into: parameters)
          }
          layer.backward(pass, gradients: cotangent)
        }
      case .wholeBatch(let normalization):
        normalization.backward(values, gradients: cotangents, into: parameters)
      }
    }
    return Gradients(
      parameters: derivatives.contains(.parameters) ? sums.tensors : [:],
      images: derivatives.contains(.input) ? imageGradients() : nil)
  }

  private func imageGradients() -> Tensor {
    let shape = graph.input
    return Tensor(
      shape: [batch, shape.channels, shape.height, shape.width],
      elements: gradients.flatMap { Array($0[0]) })
  }

  private func layer(at position: Int, _ parameters: [String: Tensor]) -> TrainingLayer {
    let node = graph.nodes[position]
    for name in node.operation.parameterNames {
      precondition(
        parameters[name]?.shape == parameterShapes[name],
        "\(name) has the shape that the plan was made for")
    }
    let model = Model(graph: graph, parameters: parameters)
    guard case .batchNormalization(let norm) = node.operation else {
      return model.layer(at: position, shapes: shapes).map { .eachImage($0) } ?? .image
    }
    guard let weight = parameters[norm.weight], let bias = parameters[norm.bias],
      let mean = parameters[norm.mean], let variance = parameters[norm.variance]
    else { preconditionFailure("the shapes of all parameters were checked") }
    let area = shapes[position].area
    let moments =
      switch statistics {
      case .batch:
        Moments(
          of: activations.map { $0[node.inputs[0]] }, channels: weight.count, area: area)
      case .running: Moments(mean: mean, variance: variance)
      }
    return .wholeBatch(
      BatchNormalizationLayer(
        weight: weight, bias: bias, epsilon: norm.epsilon, area: area, moments: moments,
        statistics: statistics))
  }

  private func makeRoom(for count: Int) {
    if scratch[0].count < count { scratch = NodeValues(counts: [count]) }
  }

  private func passes(_ position: Int, over batch: [NodeValues]) -> [Pass] {
    batch.map { values in
      Pass(
        inputs: graph.nodes[position].inputs.map { values[$0] }, output: values[position],
        scratch: scratch[0])
    }
  }
}

/// How a node is computed while training.
private enum TrainingLayer {
  case image
  case eachImage(any Layer)
  case wholeBatch(BatchNormalizationLayer)
}

/// Sums over a batch for every trainable parameter.
private struct ParameterSums {
  private let shapes: [(name: String, shape: [Int])]
  private let places: [String: Int]
  private let memory: NodeValues

  /// All zero.
  init(_ names: [String], _ shapes: [String: [Int]]) {
    self.shapes = names.map { ($0, shapes[$0] ?? []) }
    places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    memory = NodeValues(counts: self.shapes.map { $0.shape.reduce(1, *) })
  }

  subscript(name: String) -> Values {
    guard let place = places[name] else {
      preconditionFailure("every trainable parameter has a sum")
    }
    return memory[place]
  }

  var tensors: [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: shapes.map {
        ($0.name, Tensor(shape: $0.shape, elements: self[$0.name]))
      })
  }
}

extension Tensor {
  /// Moves each element a tenth of the way towards another value.
  fileprivate mutating func approach(_ goal: [Double]) {
    let kept = NormalizationStatistics.kept
    for position in goal.indices {
      self[position] = kept * self[position] + (1 - kept) * Float(goal[position])
    }
  }
}
