internal import Graphs
internal import Tensors

extension Learner {
  /// Where numbers first went out of bounds in the last forward passes, as a clause.
  ///
  /// Parameters and statistics are looked at in the order in which the network uses them.
  func whatIsNotFinite(_ passes: TrainingPasses) -> String {
    // Running statistics that are moved there show what the batch's were.
    var moved = state.parameters
    passes.updateRunningStatistics(passes.planned, in: &moved)
    for name in graph.nodes.flatMap(\.operation.parameterNames) {
      if state.parameters[name]?.isFinite == false { return "\(name) being no longer finite" }
      if moved[name]?.isFinite == false {
        return "the batch's statistics for \(name) being no longer finite"
      }
    }
    return "all parameters and batch statistics being finite"
  }
}

extension Tensor {
  fileprivate var isFinite: Bool { squaredNorm.isFinite }
}
