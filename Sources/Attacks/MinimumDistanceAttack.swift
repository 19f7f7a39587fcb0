public import Execution
public import Tensors

/// A search for the misclassified image nearest to an example, whatever the radius.
///
/// One search decides within every radius: it takes the same way within each, and only ends earlier
/// within a larger one. So an evaluation within several radii searches once and has what was found
/// judged within each. An attack that uses the radius on its way is an ``Attack`` only.
public protocol MinimumDistanceAttack: Attack {
  /// Searches, and may return as soon as an image is near enough.
  ///
  /// - Parameters:
  ///   - example: a clean image that is classified correctly, and its class.
  ///   - logits: at the clean image.
  ///   - set: in whose norm images are near or far; its radius must not matter.
  ///   - enough: the distance at which the search may end.
  ///   - oracle: answers questions about the network.
  ///   - random: the stream of this example and attack; it must allow one more fork.
  /// - Returns: the nearest misclassified image that it came across; nil when there was none.
  /// - Throws: what the oracle throws.
  func nearest(
    to example: Example, withLogits logits: [Float], in set: some PerturbationSet,
    stoppingWithin enough: Double, asking oracle: some SharedOracle, random: RandomStream
  ) async throws -> Candidate.BoundaryPoint?
}

extension MinimumDistanceAttack {
  /// Asks about the clean image, then searches up to the set's radius.
  public func attack(
    _ example: Example, within set: some PerturbationSet, asking oracle: some SharedOracle,
    random: RandomStream
  ) async throws -> Candidate {
    let logits = try await oracle.logits(at: example.image)
    let clean = Candidate(example.image, of: example, logits: logits, objective: Margin())
    if clean.isAdversarial { return clean }
    let found = try await nearest(
      to: example, withLogits: logits, in: set, stoppingWithin: Double(set.radius), asking: oracle,
      random: random)
    return Candidate(found, around: example.image, within: set)
  }
}
