public import Execution
import Foundation

/// The cross-entropy −log softmax(z)_y of the true class.
public struct CrossEntropy: Objective {
  /// Creates the objective.
  public init() {}

  /// The objective and its gradient with respect to the logits.
  public func evaluate(_ logits: [Float], label: Int) -> (value: Float, cotangent: [Float]) {
    let largest = Double(logits.max() ?? 0)
    let exponentials = logits.map { exp(Double($0) - largest) }
    let total = exponentials.reduce(0, +)
    var cotangent = exponentials.map { Float($0 / total) }
    // −Σ over the others loses no digits where 1 − p would.
    var others = 0.0
    for (position, exponential) in exponentials.enumerated() where position != label {
      others += exponential
    }
    cotangent[label] = Float(-others / total)
    return (Float(log(total) + largest - Double(logits[label])), cotangent)
  }
}
