internal import Files

/// The name and the version of the program, as runs record it.
public enum ProgramVersion {
  /// For example `robeval 0.3.0`.
  public static let text = "robeval \(PackageVersion.number)"
}
