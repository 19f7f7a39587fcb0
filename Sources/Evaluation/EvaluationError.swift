/// Why an evaluation cannot run.
public struct EvaluationError: Error, Hashable, CustomStringConvertible {
  /// Whose fault it is.
  public enum Kind: Hashable, Sendable {
    /// The command line's.
    case usage
    /// A file's content.
    case data
    /// Nobody's: the run was stopped and can be resumed.
    case interrupted
    /// This program's.
    case internalFailure
    /// The network's: its accuracy is below what was demanded.
    case gate
    /// The evaluation's: its verdict is not `reliable`, and that was demanded.
    case unreliable
  }

  /// Whose fault it is.
  public var kind: Kind
  /// The option, file or step concerned.
  public var place: String
  /// Expected, found and remedy, as one clause.
  public var problem: String

  /// Creates an error.
  ///
  /// - Parameters:
  ///   - kind: whose fault it is.
  ///   - place: the option, file or step concerned.
  ///   - problem: expected, found and remedy.
  public init(kind: Kind, place: String, problem: String) {
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
    case .internalFailure: 1
    case .gate: 3
    case .unreliable: 4
    }
  }

  /// For example `--eps: “x” is not a radius; give a number or a fraction such as 8/255`.
  public var description: String { "\(place): \(problem)" }
}
