/// Why a list of attacks is refused.
public struct AttackError: Error, Hashable, CustomStringConvertible {
  /// The part of the text concerned.
  public var place: String
  /// One clause with what was expected and what was found.
  public var problem: String

  /// Creates an error.
  ///
  /// - Parameters:
  ///   - place: the part of the text concerned.
  ///   - problem: expected and found.
  public init(place: String, problem: String) {
    self.place = place
    self.problem = problem
  }

  /// For example `attack apgdce: unknown; the known ones are apgd-ce, apgd-dlr, apgd-t, pgd`.
  public var description: String { "\(place): \(problem)" }
}
