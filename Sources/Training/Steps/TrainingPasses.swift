internal import Execution
internal import Graphs
internal import Tensors

/// The passes of a step in training mode: a plan for each, over the same parameters.
final class TrainingPasses {
  private let plans: [ForwardPass: any TrainingPlan]
  private let classes: Int

  /// The passes that there are images for, clean ones first.
  var planned: [ForwardPass] { [.clean, .adversarial].filter { plans[$0] != nil } }

  /// Plans passes.
  ///
  /// - Parameters:
  ///   - counts: how many images each pass takes.
  ///   - model: the network; only shapes matter.
  ///   - backend: who computes.
  ///   - derivatives: what with respect to.
  /// - Throws: `BackendError` or `GraphError` when the network cannot be trained.
  init(
    _ counts: [ForwardPass: Int], of model: Model, on backend: any Backend,
    computing derivatives: Derivatives
  ) throws {
    classes = try model.classes()
    var plans: [ForwardPass: any TrainingPlan] = [:]
    for (pass, batch) in counts {
      plans[pass] = try backend.trainingPlan(
        for: model, batch: batch, statistics: .batch, computing: derivatives)
    }
    self.plans = plans
  }

  /// The logits of a batch, a row an image.
  func logits(
    of images: [Image], in pass: ForwardPass, parameters: [String: Tensor]
  ) throws -> [[Double]] {
    let pixels = images.flatMap(\.pixels)
    var logits = [Float](repeating: 0, count: images.count * classes)
    var view = logits.mutableSpan
    try plan(pass).forward(pixels.span, parameters: parameters, logits: &view)
    return images.indices.map { row in
      logits[row * classes..<(row + 1) * classes].map { Double($0) }
    }
  }

  /// The parameters' gradients for given gradients of the logits, summed over all ranks.
  ///
  /// While the last pass goes back, ranks add up already what is finished.
  func gradient(
    _ cotangents: [ForwardPass: [[Double]]], over ranks: any Ranks
  ) throws -> LossGradient {
    func cotangent(_ pass: ForwardPass) -> [Float] {
      cotangents[pass]?.joined().map { Float($0) } ?? []
    }
    // In a fixed order, for equal bits.
    guard ranks.count > 1, let last = planned.last else {
      return LossGradient(
        summing: try planned.map { try plan($0).backward(cotangent($0).span) })
    }
    let earlier = try planned.dropLast().map { try plan($0).backward(cotangent($0).span) }
    var sum = RankSum(over: ranks)
    let gradients = try plan(last).backward(cotangent(last).span) { name, gradient in
      var total = gradient
      for pass in earlier { if let tensor = pass.parameters[name] { total.add(tensor) } }
      sum.add(name, total)
    }
    return LossGradient(sum.finished(), images: gradients.images)
  }

  /// Moves running statistics once for every pass that is named, in that order.
  func updateRunningStatistics(_ order: [ForwardPass], in parameters: inout [String: Tensor]) {
    for pass in order where plans[pass] != nil {
      plan(pass).updateRunningStatistics(in: &parameters)
    }
  }

  private func plan(_ pass: ForwardPass) -> any TrainingPlan {
    guard let plan = plans[pass] else {
      preconditionFailure("the recipe's passes were planned")
    }
    return plan
  }
}
