public import Execution

/// How far the best wrong class is above the true one: max over c ≠ y of z_c, minus z_y.
public struct Margin: Objective {
  /// Creates the objective.
  public init() {}

  /// The objective and its gradient with respect to the logits.
  public func evaluate(_ logits: [Float], label: Int) -> (value: Float, cotangent: [Float]) {
    TargetedMargin(target: logits.largest(2).first { $0 != label } ?? label)
      .evaluate(logits, label: label)
  }
}

/// How far one wrong class t is above the true one: z_t − z_y.
public struct TargetedMargin: Objective {
  /// The class to be raised.
  public let target: Int

  /// Creates the objective.
  ///
  /// - Parameter target: the class to be raised.
  public init(target: Int) { self.target = target }

  /// The objective and its gradient with respect to the logits.
  public func evaluate(_ logits: [Float], label: Int) -> (value: Float, cotangent: [Float]) {
    var cotangent = [Float](repeating: 0, count: logits.count)
    cotangent[target] += 1
    cotangent[label] -= 1
    return (Float(Double(logits[target]) - Double(logits[label])), cotangent)
  }
}
