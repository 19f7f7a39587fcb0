public import Execution
public import Tensors

/// A search for a misclassified image in the neighbourhood of one example.
///
/// One that looks for the nearest such image, whatever the radius, is a ``MinimumDistanceAttack``.
public protocol Attack: Sendable {
  /// The name in lists, reports and random streams, for instance `apgd-ce`.
  var name: String { get }

  /// The settings that influence the result, for the report.
  var settings: [String: String] { get }

  /// What one image costs.
  ///
  /// - Parameters:
  ///   - norm: of the set of images.
  ///   - classes: the length of a logit vector.
  /// - Returns: from how many to how many passes.
  func cost(in norm: Norm, classes: Int) -> AttackCost

  /// What the attack does otherwise than asked because of the number of classes.
  ///
  /// - Parameter classes: the length of a logit vector.
  /// - Returns: sentences for the report; empty when the attack runs as asked.
  func notes(forClasses classes: Int) -> [String]

  /// Searches, and returns as soon as an image is misclassified.
  ///
  /// - Parameters:
  ///   - example: the clean image and its true class.
  ///   - set: the images allowed.
  ///   - oracle: answers questions about the network.
  ///   - random: the stream of this example and attack; it must allow one more fork.
  /// - Returns: an image in the set; the clean image when it is misclassified already.
  /// - Throws: what the oracle throws.
  func attack(
    _ example: Example, within set: some PerturbationSet, asking oracle: some SharedOracle,
    random: RandomStream
  ) async throws -> Candidate
}

extension Attack {
  /// Nothing to note.
  public func notes(forClasses classes: Int) -> [String] { [] }
}
