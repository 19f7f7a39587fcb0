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
  /// All that are possible, less those that would overwrite what is read later, until none would.
  /// Whether a plan computes gradients plays no part, so that logits do not depend on it.
  private func convolvedSums() -> [Int: Sum] {
    var choices = convolutionSummands()
    while true {
      let sums = choices.compactMapValues(\.first)
      let tooEarly = valuesThatOverwriteTooEarly(stages(taking: sums))
      if tooEarly.isEmpty { return sums }
      for position in sums.keys where tooEarly.contains(absorbingReLU(after: position).0) {
        choices[position]?.removeFirst()
      }
    }
  }

  /// For each sum, the convolutions that nothing else reads, each with the other summand.
  private func convolutionSummands() -> [Int: [Sum]] {
    var result: [Int: [Sum]] = [:]
    for (position, node) in graph.nodes.enumerated() where node.operation == .add {
      let (left, right) = (node.inputs[0], node.inputs[1])
      result[position] = [
        Sum(summand: right, other: left), Sum(summand: left, other: right),
      ].filter { sum in
        guard case .convolution = graph.nodes[sum.summand].operation else { return false }
        return soleReader(of: sum.summand) == position
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

  /// The results of convolutions that add themselves to a value that is read later.
  private func valuesThatOverwriteTooEarly(_ stages: [Stage]) -> Set<Int> {
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
    // The logits leave, and some stages read their inputs again going backward.
    var end = Accesses()
    end.reads = [homes[graph.nodes.count - 1]]
    end.reads += stages.flatMap(\.readAgain).map { homes[$0] }
    let lifetimes = Lifetimes(of: forward + [end], buffers: graph.nodes.count)
    return Set(lifetimes.conflicts.map(\.target))
  }
}
