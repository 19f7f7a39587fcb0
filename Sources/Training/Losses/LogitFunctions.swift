import Foundation

/// A function of one logit vector, with its gradient.
struct SingleTerm {
  var value: Double
  var gradient: [Double]
}

/// A function of two logit vectors, with both gradients.
struct PairTerm {
  var value: Double
  var first: [Double]
  var second: [Double]
}

extension SingleTerm {
  /// (1 − s) · −log p_y + s · mean over c of −log p_c.
  ///
  /// With a second label its −log p has its share of the first term.
  static func crossEntropy(
    _ logits: [Double], label: Int, second: SecondLabel? = nil, smoothing: Double = 0
  ) -> SingleTerm {
    var target = [Double](repeating: smoothing / Double(logits.count), count: logits.count)
    target[label] += (1 - smoothing) * (1 - (second?.share ?? 0))
    if let second { target[second.label] += (1 - smoothing) * second.share }
    return crossEntropy(logits, target: target)
  }

  /// −Σⱼ tⱼ log pⱼ of a fixed distribution t, p at a temperature.
  static func crossEntropy(
    _ logits: [Double], target: [Double], temperature: Double = 1
  ) -> SingleTerm {
    let own = logits.logProbabilities(temperature: temperature)
    var value = 0.0
    for (own, target) in zip(own, target) where target != 0 { value -= target * own }
    return SingleTerm(
      value: value, gradient: zip(own, target).map { (exp($0) - $1) / temperature })
  }
}

extension PairTerm {
  /// KL(p ‖ q), p of the first logits and q of the second, with the gradients of both.
  static func divergence(
    _ first: [Double], _ second: [Double], temperature: Double = 1
  ) -> PairTerm {
    let own = first.logProbabilities(temperature: temperature)
    let other = second.logProbabilities(temperature: temperature)
    var value = 0.0
    for (own, other) in zip(own, other) where own > -.infinity { value += exp(own) * (own - other) }
    let pairs = zip(own, other)
    return PairTerm(
      value: value,
      first: pairs.map { own, other in exp(own) * (own - other - value) / temperature },
      second: pairs.map { own, other in (exp(other) - exp(own)) / temperature })
  }

  /// ¼ Σⱼₖ wⱼ wₖ (Δᵐⱼₖ − Δⁿⱼₖ)² of fixed weights, pulling at one or both.
  ///
  /// With d = m − n that is ½ (Σw · Σ w d² − (Σ w d)²): O(classes), not O(classes²).
  static func squaredError(
    _ first: [Double], _ second: [Double], weights: some Collection<Double>,
    reach: DecoupledDivergence.Reach
  ) -> PairTerm {
    let differences = zip(first, second).map { $0 - $1 }
    var (mass, mean, square) = (0.0, 0.0, 0.0)
    for (weight, difference) in zip(weights, differences) {
      mass += weight
      mean += weight * difference
      square += weight * difference * difference
    }
    let gradient = zip(weights, differences).map { weight, difference in
      weight * (mass * difference - mean)
    }
    let none = [Double](repeating: 0, count: gradient.count)
    return PairTerm(
      value: (mass * square - mean * mean) / 2,
      first: reach == .second ? none : gradient,
      second: reach == .first ? none : gradient.map { -$0 })
  }
}

extension PairTerm {
  /// A multiple of the term, as a function of its second logits.
  func ofSecond(times factor: Double) -> SingleTerm {
    SingleTerm(value: factor * value, gradient: second.map { factor * $0 })
  }
}
