/// A command line that cannot be meant.
public struct UsageError: Error, Hashable, CustomStringConvertible {
  /// The option or argument concerned.
  public var place: String
  /// Expected, found and remedy, as one clause.
  public var problem: String

  /// Creates an error.
  ///
  /// - Parameters:
  ///   - place: the option or argument concerned.
  ///   - problem: expected, found and remedy.
  public init(_ place: String, _ problem: String) {
    self.place = place
    self.problem = problem
  }

  /// The status a program ends with, after `sysexits.h`.
  public var exitCode: Int32 { 64 }

  /// For example `--out: x.h5 is there already; …`.
  public var description: String { "\(place): \(problem)" }
}
