public import Execution
import Foundation
import Graphs
import Tensors

/// Trains a small network for one step on a backend and compares it with double precision and with
/// itself.
///
/// Logits, all gradients and the updated running statistics must be near the reference. A second
/// step, and plans that give fewer gradients, must repeat the bits. The same holds with taps.
///
/// - Parameters:
///   - backend: what is tested.
///   - operation: the network.
///   - statistics: what batch normalisations use.
///   - tolerance: of an error, relative to the largest value of its tensor.
/// - Returns: what is wrong, one sentence each; empty if nothing is.
/// - Throws: `BackendError` when the backend refuses, `GraphError` when the case is wrong.
public func checkTraining(
  _ backend: any Backend, on operation: OperationCase, statistics: NormalizationStatistics,
  tolerance: Double
) throws -> [String] {
  try checkStep(backend, operation, statistics, tolerance)
    + checkStep(backend, operation.tapped().operation, statistics, tolerance)
}

private func checkStep(
  _ backend: any Backend, _ operation: OperationCase, _ statistics: NormalizationStatistics,
  _ tolerance: Double
) throws -> [String] {
  let question = try TrainingQuestion(operation, statistics: statistics)
  let plan = try backend.trainingPlan(
    for: operation.model, batch: question.images.count, statistics: statistics,
    computing: [.input, .parameters])
  let answer = try question.answer(of: plan)
  var problems = try question.errors(of: answer, tolerance)
  if try question.answer(of: plan) != answer { problems.append("a second step has other bits") }
  for derivatives: Derivatives in [.input, .parameters] {
    let other = try question.answer(
      of: backend.trainingPlan(
        for: operation.model, batch: question.images.count, statistics: statistics,
        computing: derivatives))
    var expected = answer
    if !derivatives.contains(.input) { expected.images = nil }
    if !derivatives.contains(.parameters) { expected.parameters = [:] }
    if other != expected {
      problems.append("other bits in a plan that computes set \(derivatives.rawValue) alone")
    }
  }
  return problems.map { "\(operation), \(statistics.rawValue): \($0)" }
}

/// What one step gives.
private struct TrainingAnswer: Equatable {
  var logits: [[Float]]
  /// The parameters with updated running statistics.
  var updated: [String: Tensor]
  var parameters: [String: Tensor]
  var images: Tensor?
}

/// A batch with cotangents.
private struct TrainingQuestion {
  let model: Model
  let statistics: NormalizationStatistics
  let images: [Image]
  private let classes: Int
  private let cotangents: [[Float]]

  init(_ operation: OperationCase, statistics: NormalizationStatistics) throws(GraphError) {
    var random = RandomStream(seed: 8).forked(operation.description)
    let classes = try operation.model.classes()
    images = (0..<5).map { _ in
      random.image(shape: operation.model.graph.input) { $0.uniform() }
    }
    cotangents = (0..<5).map { _ in (0..<classes).map { _ in random.uniform(in: -1..<1) } }
    model = operation.model
    self.statistics = statistics
    self.classes = classes
  }

  func answer(of plan: any TrainingPlan) throws(BackendError) -> TrainingAnswer {
    let logits = try plan.logits(of: images, parameters: model.parameters, classes: classes)
    var updated = model.parameters
    plan.updateRunningStatistics(in: &updated)
    let cotangent = Array(cotangents.joined())
    let gradients = try plan.backward(cotangent.span)
    return TrainingAnswer(
      logits: logits, updated: updated, parameters: gradients.parameters,
      images: gradients.images)
  }

  /// What is too far from the reference.
  func errors(of answer: TrainingAnswer, _ tolerance: Double) throws(GraphError) -> [String] {
    let reference = ReferenceBatch(
      images.map { $0.pixels.map(Double.init) }, through: try ReferenceNetwork(model),
      statistics: statistics)
    let expected = reference.gradients(cotangents: cotangents.map { $0.map(Double.init) })
    var problems = [
      error("logits", Array(answer.logits.joined()), Array(reference.logits.joined()), tolerance),
      error(
        "image gradient", answer.images?.elements ?? [], Array(expected.images.joined()),
        tolerance),
    ]
    let names = model.graph.trainableNames
    if Set(answer.parameters.keys) != Set(names) {
      problems.append("gradients of \(answer.parameters.keys.sorted()) instead of \(names)")
    }
    // The gradient of a bias in front of batch statistics is 0, the sum of numbers that are not.
    let least = 0.1 * (expected.parameters.values.joined().map { abs($0) }.max() ?? 0)
    for name in names where answer.parameters[name]?.shape != model.parameters[name]?.shape {
      problems.append("the gradient of \(name) has another shape")
    }
    for (name, gradient) in answer.parameters {
      problems.append(
        error(
          "gradient of \(name)", gradient.elements, expected.parameters[name] ?? [], tolerance,
          least: least))
    }
    let running = reference.runningStatistics
    for (name, tensor) in answer.updated {
      let goal = running[name] ?? model.parameters[name]?.elements.map(Double.init) ?? []
      problems.append(error("updated \(name)", tensor.elements, goal, tolerance))
    }
    return problems.compactMap { $0 }
  }

  private func error(
    _ what: String, _ found: [Float], _ expected: [Double], _ tolerance: Double,
    least: Double = 0
  ) -> String? {
    if found.count != expected.count { return "\(what) has \(found.count) values" }
    let scale = max(expected.map { abs($0) }.max() ?? 0, least)
    let distances = zip(found, expected).map { abs(Double($0) - $1) }
    // NaN is not within tolerance.
    let isNear = distances.allSatisfy { $0 <= tolerance * scale }
    return isNear
      ? nil : "\(what) is off by \(distances.max() ?? 0), the largest value is \(scale)"
  }
}
