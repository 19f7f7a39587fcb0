public import Execution
import Foundation

/// The divergence KL(p(x') ‖ p(x)) of the probabilities from those at another image.
public struct DivergenceFromReference: Objective {
  /// The logits at the other image.
  public let reference: [Float]

  /// Creates the objective.
  ///
  /// - Parameter reference: the logits at the other image.
  public init(reference: [Float]) { self.reference = reference }

  /// The objective and its gradient with respect to the logits.
  public func evaluate(_ logits: [Float], label: Int) -> (value: Float, cotangent: [Float]) {
    let own = logits.logProbabilities
    let other = reference.logProbabilities
    var divergence = 0.0
    for (own, other) in zip(own, other) { divergence += exp(own) * (own - other) }
    let cotangent = zip(own, other).map { own, other in
      Float(exp(own) * (own - other - divergence))
    }
    return (Float(divergence), cotangent)
  }
}

/// The mean over the classes of (p(x') − p(x))².
public struct SquaredDifferenceFromReference: Objective {
  /// The logits at the other image.
  public let reference: [Float]

  /// Creates the objective.
  ///
  /// - Parameter reference: the logits at the other image.
  public init(reference: [Float]) { self.reference = reference }

  /// The objective and its gradient with respect to the logits.
  public func evaluate(_ logits: [Float], label: Int) -> (value: Float, cotangent: [Float]) {
    let own = logits.logProbabilities.map { exp($0) }
    let other = reference.logProbabilities.map { exp($0) }
    let count = Double(logits.count)
    var value = 0.0
    var mean = 0.0
    for (own, other) in zip(own, other) {
      value += (own - other) * (own - other) / count
      mean += own * (own - other)
    }
    let cotangent = zip(own, other).map { own, other in
      Float(2 / count * own * (own - other - mean))
    }
    return (Float(value), cotangent)
  }
}

extension [Float] {
  /// log softmax, in double precision.
  fileprivate var logProbabilities: [Double] {
    let largest = Double(self.max() ?? 0)
    let total = reduce(0) { $0 + exp(Double($1) - largest) }
    return map { Double($0) - largest - log(total) }
  }
}
