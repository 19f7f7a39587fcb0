internal import Execution
internal import Graphs
internal import Tensors

/// The passes of trained layers behind the teacher's taps.
final class AdapterPasses {
  private let adapters: [Wiring.Adapter]
  private let plans: [any TrainingPlan]

  init(_ wiring: Wiring, batch: Int, on backend: any Backend) throws {
    adapters = wiring.adapters
    plans = try wiring.adapters.map {
      try backend.trainingPlan(
        for: $0.model, batch: batch, statistics: $0.isTrained ? .batch : .running,
        computing: .parameters)
    }
  }

  /// What each makes of the teacher's activations.
  func outputs(of maps: [FeatureMap], parameters: [String: Tensor]) throws -> [[FeatureMap]] {
    var result: [[FeatureMap]] = []
    for (adapter, plan) in zip(adapters, plans) {
      let input = maps[adapter.tap].values.map { Float($0) }
      let width = adapter.outputs.last?.places.upperBound ?? 0
      var rows = [Float](repeating: 0, count: plan.batch * width)
      var view = rows.mutableSpan
      try plan.forward(input.span, parameters: parameters, logits: &view)
      result.append(
        adapter.outputs.map { FeatureMap($0, of: rows, width: width, images: 0..<plan.batch) })
    }
    return result
  }

  /// The gradients of all their parameters.
  func gradient(_ cotangents: [[[Double]]]) throws -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (number, plan) in plans.enumerated() where adapters[number].isTrained {
      let outputs = adapters[number].outputs
      var row: [Float] = []
      for image in 0..<plan.batch {
        for (output, gradient) in zip(outputs, cotangents[number]) {
          let size = output.shape.count
          row += gradient[image * size..<(image + 1) * size].map { Float($0) }
        }
      }
      result.merge(try plan.backward(row.span).parameters) { $1 }
    }
    return result
  }

  func updateRunningStatistics(in parameters: inout [String: Tensor]) {
    for plan in plans { plan.updateRunningStatistics(in: &parameters) }
  }
}
