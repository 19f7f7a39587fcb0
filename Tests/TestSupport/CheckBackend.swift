public import Execution
import Foundation
import Graphs
import Tensors

/// Computes a small network on a backend and compares it with double precision and with itself.
///
/// Logits and input gradients must be near the reference, and have the same bits for every batch
/// size, for every place in the batch, with or without gradients, and in a network that was compiled
/// with other weights and has reloaded these. The same holds for the network with taps.
///
/// - Parameters:
///   - backend: what is tested.
///   - operation: the network.
///   - numerics: fast or exact.
///   - tolerance: of an error, relative to the largest value of its vector.
/// - Returns: what is wrong, one sentence each; empty if nothing is.
/// - Throws: `BackendError` when the backend refuses, `GraphError` when the case is wrong.
public func checkBackend(
  _ backend: any Backend, on operation: OperationCase, numerics: Numerics, tolerance: Double
) throws -> [String] {
  let (tapped, parts) = try operation.tapped()
  let classes = try operation.model.classes()
  return try checkRows(backend, operation, [0..<classes], numerics, tolerance)
    + checkRows(backend, tapped, parts, numerics, tolerance)
}

/// Checks a network whose output row has parts, each near the reference in its own scale.
private func checkRows(
  _ backend: any Backend, _ operation: OperationCase, _ parts: [Range<Int>], _ numerics: Numerics,
  _ tolerance: Double
) throws -> [String] {
  let questions = try Questions(operation, parts: parts)
  let network = try backend.compile(operation.model, for: numerics)
  guard network.classes == questions.classes, network.input == questions.images[0].shape else {
    return ["\(operation): input or output has another shape"]
  }
  let all = Array(questions.images.indices)
  let first = try network.plan(batch: all.count, computing: .input, in: questions.memory)
  let whole = try questions.answers(of: first, to: all)
  var problems = try questions.errors(of: whole, ReferenceNetwork(operation.model), tolerance)
  for selection in [
    [0], [4], [3, 1], [1, 2, 0], [4, 3, 2, 1], [2, 2, 2, 4, 2], [4, 3, 2, 1, 0],
    [1, 0, 4, 4, 2, 3, 1],
  ] {
    let answers = try questions.answers(of: network, to: selection)
    for (place, image) in selection.enumerated() where answers[place] != whole[image] {
      problems.append("image \(image) has other bits in the batch \(selection)")
    }
  }
  let withoutGradients = try questions.logits(of: network, computing: [])
  if withoutGradients != whole.map(\.logits) {
    problems.append("logits have other bits in a plan without gradients")
  }
  if try questions.answers(of: first, to: all) != whole {
    problems.append("a plan has other bits after others used its memory")
  }
  if try questions.answersAfterReloading(operation.model, on: backend, numerics) != whole {
    problems.append("reloaded weights give other bits than fresh ones")
  }
  return problems.map { "\(operation): \($0)" }
}

/// What a network gives for one image.
private struct BackendAnswer: Equatable {
  var logits: [Float]
  var gradient: [Float]
}

/// Five images, each with a cotangent.
private struct Questions {
  let classes: Int
  let images: [Image]
  /// Of all plans that are compared, as on a lane.
  let memory = PlanMemory()
  private let cotangents: [[Float]]
  private let parts: [Range<Int>]

  init(_ operation: OperationCase, parts: [Range<Int>]) throws(GraphError) {
    self.parts = parts
    var random = RandomStream(seed: 6).forked(operation.description)
    let classes = try operation.model.classes()
    images = (0..<5).map { number in
      random.image(shape: operation.model.graph.input) {
        // The last image has few colours, so that windows have several largest values.
        number < 4 ? $0.uniform() : Float($0.below(3)) / 2
      }
    }
    cotangents = (0..<5).map { _ in (0..<classes).map { _ in random.uniform(in: -1..<1) } }
    self.classes = classes
  }

  /// The answers for a batch of some of the images.
  func answers(
    of network: any CompiledNetwork, to selection: [Int]
  ) throws(BackendError) -> [BackendAnswer] {
    let plan = try network.plan(batch: selection.count, computing: .input, in: memory)
    return try answers(of: plan, to: selection)
  }

  func answers(
    of plan: any ExecutionPlan, to selection: [Int]
  ) throws(BackendError) -> [BackendAnswer] {
    let batch = selection.map { images[$0] }
    let logits = try plan.logits(of: batch, classes: classes)
    let gradients = try plan.gradient(
      of: batch, cotangent: selection.flatMap { cotangents[$0] })
    let size = images[0].count
    return batch.indices.map {
      BackendAnswer(logits: logits[$0], gradient: Array(gradients[$0 * size..<($0 + 1) * size]))
    }
  }

  /// The answers of a plan that was made for other weights.
  func answersAfterReloading(
    _ model: Model, on backend: any Backend, _ numerics: Numerics
  ) throws(BackendError) -> [BackendAnswer] {
    var other = model
    for name in model.parameters.keys {
      other.parameters[name]?.withUnsafeMutableElements { elements in
        for position in elements.indices { elements[position] = 0.5 * elements[position] + 0.25 }
      }
    }
    let network = try backend.compile(other, for: numerics)
    let plan = try network.plan(batch: images.count, computing: .input)
    _ = try answers(of: plan, to: Array(images.indices))
    try network.reload(model)
    return try answers(of: plan, to: Array(images.indices))
  }

  /// The logits of all images.
  func logits(
    of network: any CompiledNetwork, computing derivatives: Derivatives
  ) throws(BackendError) -> [[Float]] {
    try network.plan(batch: images.count, computing: derivatives, in: memory)
      .logits(of: images, classes: classes)
  }

  /// What is too far from the reference.
  func errors(
    of answers: [BackendAnswer], _ reference: ReferenceNetwork, _ tolerance: Double
  ) -> [String] {
    images.indices.flatMap { image in
      let row = reference.logits(images[image])
      return parts.map { part in
        error(
          "outputs \(part) of image \(image)", Array(answers[image].logits[part]),
          Array(row[part]), tolerance)
      }.compactMap { $0 }
        + [
          error(
            "gradient of image \(image)", answers[image].gradient,
            reference.inputGradient(
              images[image], cotangent: cotangents[image].map(Double.init)), tolerance)
        ].compactMap { $0 }
    }
  }

  private func error(
    _ what: String, _ found: [Float], _ expected: [Double], _ tolerance: Double
  ) -> String? {
    let scale = expected.map { abs($0) }.max() ?? 0
    let distances = zip(found, expected).map { abs(Double($0) - $1) }
    // NaN is not within tolerance.
    let isNear = distances.allSatisfy { $0 <= tolerance * scale }
    return isNear
      ? nil : "\(what) is off by \(distances.max() ?? 0), the largest value is \(scale)"
  }
}
