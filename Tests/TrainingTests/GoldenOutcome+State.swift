import Tensors

@testable import Training

extension GoldenOutcome {
  /// Gradients by parameter, or a norm over all of them.
  mutating func compare(
    _ gradients: [String: GoldenRun.ChecksumOrNumber], _ trace: Learner.Trace, at place: String,
    first: Double = 1e-3
  ) {
    for (name, expected) in gradients.sorted(by: { $0.key < $1.key }) {
      switch expected {
      case .number(let norm):
        compare(place + name, trace.report.gradientNorm, norm, relative: 1e-3)
      case .checksum(let checksum):
        compare(
          place + "gradient " + name, trace.gradient[name]?.elements ?? [], checksum, norm: 1e-3,
          first: first)
      }
    }
  }

  /// Parameters and running statistics, and how far they moved.
  mutating func compare(
    _ after: GoldenRun.After, _ state: TrainingState, from before: [String: Tensor],
    at place: String
  ) {
    for (name, checksum) in after.params.merging(after.buffers, uniquingKeysWith: { $1 }) {
      let now = state.parameters[name]?.elements ?? []
      compare(place + name, now, checksum, norm: 2e-4, first: 1e-3)
      guard let change = checksum.change.first else { continue }
      let moved = zip(now, before[name]?.elements ?? []).map { $0 - $1 }
      compare(place + "change of " + name, moved, change, norm: 1e-3, first: 5e-3, sum: 1e-3)
    }
    func norm(_ isBuffer: Bool, less start: [String: Tensor] = [:]) -> Double {
      var total = 0.0
      for (name, tensor) in state.parameters where name.contains(".running_") == isBuffer {
        let now = tensor.elements
        let then = start[name]?.elements ?? [Float](repeating: 0, count: now.count)
        for (now, then) in zip(now, then) {
          total += (Double(now) - Double(then)) * (Double(now) - Double(then))
        }
      }
      return total.squareRoot()
    }
    compare(place + "parameters", norm(false), after.all_params_l2, relative: 2e-4)
    compare(
      place + "parameters' change", norm(false, less: before), after.all_params_change_l2,
      relative: 1e-3)
    compare(place + "buffers", norm(true), after.all_buffers_l2, relative: 2e-4)
    compare(
      place + "buffers' change", norm(true, less: before), after.all_buffers_change_l2,
      relative: 1e-3)
  }
}
