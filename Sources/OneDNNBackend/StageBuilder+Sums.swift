internal import Graphs

/// Which sums are computed where one of their summands is.
extension StageBuilder {
  /// The sums by their nodes.
  func sums(fusing fusion: Fusion) -> [Int: Sum] {
    switch fusion {
    case .convolutions: convolvedSums()
    case .normalizations: normalizedSums()
    }
  }

  /// Sums that convolutions add themselves to, which overwrites the other summand.
  ///
  /// One after the other, as long as nothing is overwritten that is read later. Whether a plan
  /// computes gradients plays no part, so that logits do not depend on it.
  private func convolvedSums() -> [Int: Sum] {
    var result: [Int: Sum] = [:]
    for (position, node) in graph.nodes.enumerated() where node.operation == .add {
      for (summand, other) in [
        (node.inputs[1], node.inputs[0]), (node.inputs[0], node.inputs[1]),
      ] where result[position] == nil && soleReader(of: summand) == position {
        guard case .convolution = graph.nodes[summand].operation else { continue }
        var trial = result
        trial[position] = Sum(summand: summand, other: other)
        if overwritesOnlyWhatIsDone(stages(taking: trial)) { result = trial }
      }
    }
    return result
  }

  /// Sums that batch normalisations make, which overwrite nothing.
  private func normalizedSums() -> [Int: Sum] {
    var result: [Int: Sum] = [:]
    for (position, node) in graph.nodes.enumerated() where node.operation == .add {
      for (summand, other) in [
        (node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0]),
      ] where result[position] == nil && soleReader(of: summand) == position {
        guard case .batchNormalization = graph.nodes[summand].operation else { continue }
        result[position] = Sum(summand: summand, other: other)
      }
    }
    return result
  }

  /// Whether every convolution that adds itself to a value is the last to read it.
  private func overwritesOnlyWhatIsDone(_ stages: [Stage]) -> Bool {
    var homes = Array(graph.nodes.indices)
    for stage in stages {
      if case .rename = stage.kind { homes[stage.output] = homes[stage.inputs[0]] }
    }
    let forward = stages.map { stage in
      if case .rename = stage.kind { return Accesses() }
      var step = Accesses()
      step.reads = stage.reads.map { homes[$0] }
      step.writes = [stage.output]
      step.required = stage.addend.map { [.init(of: homes[$0], by: stage.output)] } ?? []
      return step
    }
    // The logits leave, and SiLU reads its input again going backward.
    var end = Accesses()
    end.reads = [homes[graph.nodes.count - 1]]
    end.reads += stages.flatMap { stage in
      if case .silu = stage.kind { stage.inputs.map { homes[$0] } } else { [Int]() }
    }
    return Lifetimes(of: forward + [end], buffers: graph.nodes.count).conflicts.isEmpty
  }
}
