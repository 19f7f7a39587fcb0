public import Files

/// What decides a search for a temperature; its folder belongs to one search.
public struct TemperatureSearchSettings: RunIdentity {
  /// `--output`.
  public static let folderOption = "--output"

  /// None.
  public static let fieldsThatDecideNothing: [String: String] = [:]

  /// The temperatures that are tried first.
  public var coarse: [Double]
  /// How many are tried between the best and each of its neighbours.
  public var refinements: Int
  /// The run with the first of them; the others differ in the temperature only.
  public var first: TrainingSettings

  /// Creates settings.
  ///
  /// - Parameters:
  ///   - coarse: the temperatures that are tried first.
  ///   - refinements: how many are tried between the best and each of its neighbours.
  ///   - first: the run with the first of them.
  public init(coarse: [Double], refinements: Int, first: TrainingSettings) {
    self.coarse = coarse
    self.refinements = refinements
    self.first = first
  }
}
