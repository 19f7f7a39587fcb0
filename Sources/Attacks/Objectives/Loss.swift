public import Execution

/// The untargeted objectives that attacks can be asked to maximise.
public enum Loss: String, Hashable, Sendable, CaseIterable {
  /// ``CrossEntropy``.
  case crossEntropy = "ce"
  /// ``DifferenceOfLogitsRatio``.
  case differenceOfLogitsRatio = "dlr"
  /// ``Margin``.
  case margin

  /// The objective, or the margin where there are too few classes for it.
  ///
  /// - Parameter classes: the length of a logit vector.
  /// - Returns: the objective, and a sentence when it is not the one asked for.
  public func objective(forClasses classes: Int) -> (objective: any Objective, note: String?) {
    switch self {
    case .crossEntropy: (CrossEntropy(), nil)
    case .margin: (Margin(), nil)
    case .differenceOfLogitsRatio where classes < 3:
      (
        Margin(),
        "the DLR loss needs 3 classes and the network has \(classes): the margin is used instead"
      )
    case .differenceOfLogitsRatio: (DifferenceOfLogitsRatio(), nil)
    }
  }
}

/// The targeted objectives that attacks can be asked to maximise.
public enum TargetedLoss: String, Hashable, Sendable, CaseIterable {
  /// ``TargetedDifferenceOfLogitsRatio``.
  case differenceOfLogitsRatio = "dlr"
  /// ``TargetedMargin``.
  case margin

  /// The objective, or the targeted margin where there are too few classes for it.
  ///
  /// - Parameters:
  ///   - target: the class to be raised.
  ///   - classes: the length of a logit vector.
  /// - Returns: the objective, and a sentence when it is not the one asked for.
  public func objective(
    toward target: Int, forClasses classes: Int
  ) -> (objective: any Objective, note: String?) {
    switch self {
    case .margin: (TargetedMargin(target: target), nil)
    case .differenceOfLogitsRatio where classes < 4:
      (
        TargetedMargin(target: target),
        "the targeted DLR loss needs 4 classes and the network has \(classes): "
          + "the targeted margin is used instead"
      )
    case .differenceOfLogitsRatio: (TargetedDifferenceOfLogitsRatio(target: target), nil)
    }
  }
}
