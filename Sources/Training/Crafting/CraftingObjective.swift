internal import Execution

/// What crafting makes large at one image, everything about the clean image being fixed.
struct CraftingObjective: Objective {
  private enum Kind {
    case crossEntropy(second: SecondLabel?)
    case divergence(clean: [Double])
    case decoupled(
      clean: [Double], weights: [Double], squaredError: Double, crossEntropy: Double)
  }

  private let kind: Kind

  /// Whether the objective compares with the clean image's logits.
  static func needsClean(_ objective: Crafting.Objective) -> Bool { objective != .crossEntropy }

  /// - Parameters:
  ///   - objective: what the recipe says.
  ///   - clean: the clean image's logits, where they are needed.
  ///   - weights: of the classes in the squared error.
  ///   - second: the class of a part of the image, where there is one.
  init(
    _ objective: Crafting.Objective, clean: [Float], weights: [Double], second: SecondLabel?
  ) {
    let clean = clean.map { Double($0) }
    switch objective {
    case .crossEntropy: kind = .crossEntropy(second: second)
    case .divergence: kind = .divergence(clean: clean)
    case .decoupled(let squaredError, let crossEntropy):
      kind = .decoupled(
        clean: clean, weights: weights, squaredError: squaredError, crossEntropy: crossEntropy)
    }
  }

  func evaluate(_ logits: [Float], label: Int) -> (value: Float, cotangent: [Float]) {
    let logits = logits.map { Double($0) }
    let term: SingleTerm
    switch kind {
    case .crossEntropy(let second):
      term = .crossEntropy(logits, label: label, second: second)
    case .divergence(let clean):
      let divergence = PairTerm.divergence(clean, logits)
      term = SingleTerm(value: divergence.value, gradient: divergence.second)
    case .decoupled(let clean, let weights, let squaredError, let crossEntropy):
      let square = PairTerm.squaredError(clean, logits, weights: weights, reach: .second)
      let entropy = SingleTerm.crossEntropy(logits, target: clean.probabilities())
      var sum = [Double](repeating: 0, count: logits.count)
      sum.add(square.second, times: squaredError)
      sum.add(entropy.gradient, times: crossEntropy)
      term = SingleTerm(
        value: squaredError * square.value + crossEntropy * entropy.value, gradient: sum)
    }
    return (Float(term.value), term.gradient.map { Float($0) })
  }
}
