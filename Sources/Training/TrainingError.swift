/// Why training cannot begin or go on.
public struct TrainingError: Error, Hashable, CustomStringConvertible {
  /// The step, parameter or setting concerned.
  public var place: String
  /// What is wrong and what helps, as one clause.
  public var problem: String

  /// Creates an error.
  ///
  /// - Parameters:
  ///   - place: the step, parameter or setting.
  ///   - problem: what is wrong and what helps.
  public init(place: String, problem: String) {
    self.place = place
    self.problem = problem
  }

  /// For example `step 17, conv1.weight: the gradient is not finite; lower the learning rate`.
  public var description: String { "\(place): \(problem)" }
}
