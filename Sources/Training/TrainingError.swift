/// Why training cannot begin or go on.
public struct TrainingError: Error, Hashable, CustomStringConvertible {
  /// Whose fault it is.
  public enum Kind: Hashable, Sendable {
    /// The command line's.
    case usage
    /// That of the data, the network or the recipe.
    case data
    /// Nobody's: the run was stopped and can be resumed.
    case interrupted
  }

  /// Whose fault it is.
  public var kind: Kind
  /// The step, parameter or setting concerned.
  public var place: String
  /// The setting that is at fault, if it is one.
  public var setting: Setting?
  /// What is wrong and what helps, as one clause.
  public var problem: String

  /// Creates an error.
  ///
  /// - Parameters:
  ///   - kind: whose fault it is.
  ///   - place: the step, parameter or setting.
  ///   - problem: what is wrong and what helps.
  public init(kind: Kind = .data, place: String, problem: String) {
    self.kind = kind
    self.place = place
    self.problem = problem
  }

  /// The exit code of a program that ends with this error.
  public var exitCode: Int32 {
    switch kind {
    case .usage: 64
    case .data: 65
    case .interrupted: 75
    }
  }

  /// For example `step 17, conv1.weight: the gradient is not finite; lower the learning rate`.
  public var description: String { "\(place): \(problem)" }
}
