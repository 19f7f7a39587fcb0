public import Execution
public import Tensors

/// A search for a misclassified image in the neighbourhood of one example.
public protocol Attack: Sendable {
  /// The name in lists, reports and random streams, for instance `apgd-ce`.
  var name: String { get }

  /// The settings that influence the result, for the report.
  var settings: [String: String] { get }

  /// Whether the search takes the same way within every radius, and only ends earlier within a
  /// larger one.
  ///
  /// What such an attack found about an image that it did not fool decides within every larger
  /// radius: see ``Candidate/boundary``.
  var ignoresRadius: Bool { get }

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
  /// Most attacks do not.
  public var ignoresRadius: Bool { false }

  /// Nothing to note.
  public func notes(forClasses classes: Int) -> [String] { [] }
}
