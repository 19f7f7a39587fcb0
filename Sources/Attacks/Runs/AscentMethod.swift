public import Execution
public import Tensors

/// A way to make an objective large within a set: one run, without restarts.
public protocol AscentMethod: Sendable {
  /// The settings that influence the result, for the report.
  var settings: [String: String] { get }

  /// What one run costs.
  ///
  /// - Parameter norm: of the set of images.
  /// - Returns: from how many to how many passes.
  func cost(in norm: Norm) -> AttackCost

  /// Searches from one starting point, and returns as soon as an image is misclassified.
  ///
  /// - Parameters:
  ///   - objective: what is to become large.
  ///   - example: the clean image and its true class.
  ///   - set: the images allowed.
  ///   - oracle: answers questions about the network.
  ///   - random: where the starting point comes from.
  /// - Returns: the misclassified image, or else the one of the largest objective.
  /// - Throws: what the oracle throws.
  func maximize(
    _ objective: some Objective, for example: Example, within set: some PerturbationSet,
    asking oracle: some Oracle, random: inout RandomStream
  ) async throws -> Candidate
}
