import Execution
import Tensors

/// FAB: walks along the decision boundary toward the clean image.
///
/// It looks for the nearest misclassified image, whatever the radius, and so is not misled by how
/// the loss looks inside the ball. ``TargetedFastAdaptiveBoundary`` walks toward one class at a
/// time, ``UntargetedFastAdaptiveBoundary`` toward whichever is nearest.
/// Source: Croce & Hein, *Minimally distorted adversarial examples with a fast adaptive boundary
/// attack*, ICML 2020, algorithm 1.
public struct FastAdaptiveBoundary: Hashable, Sendable {
  /// The number of steps of a run.
  public var steps: Int

  /// Creates the method.
  ///
  /// - Parameter steps: at least 1; 100 in AutoAttack.
  public init(steps: Int = 100) {
    precondition(steps > 0, "FAB takes at least one step")
    self.steps = steps
  }

  /// The settings that influence the result, for the report.
  public var settings: [String: String] { ["steps": "\(steps)"] }

  /// What a walk costs that asks for so many gradients in a step, and then for the logits.
  func cost(gradientsOfStep gradients: Int) -> AttackCost {
    let step = PassRange.exactly(gradients: Double(gradients), logits: 1)
    return AttackCost(ofSurvivor: steps * step, ofFooled: step)
  }

  /// The nearest misclassified image found; nil when there is none.
  ///
  /// Ends early when one is found within a distance.
  func nearest(
    _ boundary: some Boundary, from start: Image, for example: Example,
    in set: some PerturbationSet, asking oracle: some Oracle, stoppingWithin enough: Double
  ) async throws -> Candidate.BoundaryPoint? {
    let clean = example.image
    var image = start
    var nearest: Candidate.BoundaryPoint?
    for _ in 0..<steps where (nearest?.distance ?? .infinity) > enough {
      let plane = try await boundary.plane(
        at: image, label: example.label, in: set, asking: oracle)
      let next = overshoot(plane, from: image, biasedTo: clean, in: set)

      image = next
      // A gradient here would be the next step's, but is in vain beyond the boundary; there two of
      // three steps end, so asking for logits first costs less.
      if try await oracle.logits(at: next).argmax != example.label {
        let distance = set.distance(of: next, from: clean)
        if distance < nearest?.distance ?? .infinity {
          nearest = Candidate.BoundaryPoint(image: next, distance: distance)
        }
        image = clean.combined(with: next) { $0 + 0.9 * ($1 - $0) }  // β
      }
    }
    return nearest
  }

  /// A little beyond the plane's point that is nearest to the image, drawn toward the one nearest
  /// to the clean image.
  private func overshoot(
    _ plane: Hyperplane, from image: Image, biasedTo clean: Image, in set: some PerturbationSet
  ) -> Image {
    let step = set.displacement(from: image, to: plane)
    let cleanStep = set.displacement(from: clean, to: plane)
    let length = max(step.norm(set.norm), 1e-8)
    let cleanLength = max(cleanStep.norm(set.norm), 1e-8)
    let bias = Float(min(length / (length + cleanLength), 0.1))  // α

    let overshoot: Float = 1.05  // η
    let reached = image.combined(with: step) { (1 - bias) * ($0 + overshoot * $1) }
    let cleanReached = clean.combined(with: cleanStep) { bias * ($0 + overshoot * $1) }
    return reached.combined(with: cleanReached) { min(max($0 + $1, 0), 1) }
  }
}
