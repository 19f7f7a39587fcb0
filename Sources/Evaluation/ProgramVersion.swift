/// The version of the program, as runs record it.
public enum ProgramVersion {
  /// The name and the number; it changes whenever a run's files may look different.
  public static let text = "robeval 0.3.0"
}
