internal import Execution
internal import Graphs
internal import Tensors

/// A training step on a device: parameters go there in one copy, gradients come back in one.
final class TorchTrainingPlan: TrainingPlan {
  let batch: Int
  private let context: TorchContext
  private let graph: Graph
  private let statistics: NormalizationStatistics
  private let derivatives: Derivatives
  private let parameters: DeviceParameters
  /// The means and variances of the batch; nil where running ones are used.
  private let moments: DeviceParameters?
  /// Nil where they are not asked for.
  private let sums: DeviceParameters?
  private let builder: ConstantsBuilder
  private let tape: Tape
  private let transfer: BatchTransfer
  private var gradients: [String: Tensor] = [:]
  private var imageGradients: Tensor?
  private let parameterShapes: [String: [Int]]
  /// The parameters that the backward pass under way has met.
  private var begun: Set<String> = []
  private var turn: TrainingTurn

  init(
    _ model: Model, shapes: [FeatureShape], classes: Int, batch: Int,
    statistics: NormalizationStatistics, computing derivatives: Derivatives,
    on context: TorchContext
  ) throws(BackendError) {
    turn = TrainingTurn(batch: batch, pixels: model.graph.input.count, classes: classes)
    self.batch = batch
    self.context = context
    self.statistics = statistics
    self.derivatives = derivatives
    let graph = model.graph
    self.graph = graph
    parameterShapes = model.parameters.mapValues(\.shape)
    try context.enter()
    defer { context.leave() }
    parameters = try DeviceParameters(
      graph.parameterNames, shapes: parameterShapes, on: context)
    moments =
      statistics == .batch
      ? try DeviceParameters(graph.statisticsNames, shapes: parameterShapes, on: context) : nil
    sums =
      derivatives.contains(.parameters)
      ? try DeviceParameters(graph.trainableNames, shapes: parameterShapes, on: context) : nil
    var builder = ConstantsBuilder(
      graph, shapes: shapes, parameterShapes: parameterShapes, parameters: parameters,
      batchStatistics: moments, on: context)
    var constants: [NodeConstants] = []
    for position in graph.nodes.indices { constants.append(try builder.constants(of: position)) }
    self.builder = builder
    tape = Tape(
      graph, shapes: shapes, constants: constants, batch: batch, computing: derivatives,
      on: context)
    transfer = try BatchTransfer(
      graph: graph, classes: classes, batch: batch,
      givesImageGradients: derivatives.contains(.input), on: context)
    if derivatives.contains(.input) {
      let input = graph.input
      imageGradients = Tensor(shape: [batch, input.channels, input.height, input.width])
    }
  }

  func forward(
    _ images: Span<Float>, parameters values: [String: Tensor], logits: inout MutableSpan<Float>
  ) throws(BackendError) {
    try context.enter()
    defer { context.leave() }
    try parameters.upload(values)
    try builder.refresh()
    try pass(images, &logits)
  }

  func forward(
    _ images: Span<Float>, sameParameters values: [String: Tensor],
    logits: inout MutableSpan<Float>
  ) throws(BackendError) {
    try context.enter()
    defer { context.leave() }
    try pass(images, &logits)
  }

  /// A forward pass with the parameters that the device has.
  private func pass(
    _ images: Span<Float>, _ logits: inout MutableSpan<Float>
  ) throws(BackendError) {
    turn.beginForward(images: images.count, logits: logits.count)
    // Numbers that are not finite would stay in a running mean, whatever its momentum.
    try moments?.clear()
    let output = try tape.forward(try transfer.sendImages(images))
    try moments?.fetch()
    try transfer.receiveLogits(output, &logits)
    turn.endForward()
  }

  func updateRunningStatistics(in parameters: inout [String: Tensor]) {
    turn.checkStatistics()
    guard let moments else { return }
    for name in graph.statisticsUpdates {
      let goal = moments.downloaded(name)
      parameters[name]?.withUnsafeMutableElements { elements in
        let kept = NormalizationStatistics.kept
        for position in elements.indices {
          elements[position] = kept * elements[position] + (1 - kept) * goal[position]
        }
      }
    }
  }

  func backward(_ cotangent: Span<Float>) throws(BackendError) -> Gradients {
    turn.beginBackward(cotangent: cotangent.count)
    if derivatives.isEmpty { return Gradients(parameters: [:], images: nil) }
    try context.enter()
    defer { context.leave() }
    let (slope, scales) = try transfer.sendCotangent(cotangent, together: sums != nil)
    try sums?.clear()
    begun = []
    let result = try tape.backward(slope) { position, gradients throws(BackendError) in
      try add(gradients, of: position)
    }
    tape.clear()
    try sums?.download(into: &gradients)
    if let scale = scales.first, scale != 1, sums != nil { unscale(by: scale) }
    if let result, let elements = imageGradients?.withUnsafeMutableElements({ $0 }) {
      try transfer.receiveImageGradients(result, elements, scales: scales)
    }
    return Gradients(parameters: gradients, images: imageGradients)
  }

  /// Adds to the gradients of a node's parameters; several nodes may share one.
  private func add(_ gradients: [TorchTensor], of position: Int) throws(BackendError) {
    for (name, gradient) in zip(graph.nodes[position].operation.trainableNames, gradients) {
      guard let sum = sums?.tensors[name], let shape = parameterShapes[name] else { continue }
      let gradient = try context.reshaped(gradient, shape)
      let total = begun.insert(name).inserted ? gradient : try context.sum(sum, gradient)
      try context.copy(total, to: sum)
    }
  }

  private func unscale(by scale: Float) {
    for name in gradients.keys {
      gradients[name]?.withUnsafeMutableElements { elements in
        for position in elements.indices { elements[position] /= scale }
      }
    }
  }
}

extension Graph {
  /// The running means and variances, each once.
  fileprivate var statisticsNames: [String] {
    var known: Set<String> = []
    return statisticsUpdates.filter { known.insert($0).inserted }
  }

  /// The running mean and variance of every batch normalisation.
  fileprivate var statisticsUpdates: [String] {
    nodes.flatMap { node -> [String] in
      guard case .batchNormalization(let norm) = node.operation else { return [] }
      return [norm.mean, norm.variance]
    }
  }
}
