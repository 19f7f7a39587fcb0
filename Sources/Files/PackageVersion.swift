/// The version of the package: both programs have it, and files say which wrote them.
public enum PackageVersion {
  /// It changes whenever a file of either program may look different.
  public static let number = "0.3.0"
}
