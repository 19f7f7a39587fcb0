public import Execution
import Foundation
public import Tensors

/// DDN: looks for the nearest misclassified image by growing and shrinking a sphere.
///
/// A step follows the normalised gradient of the cross-entropy, and is then brought onto a sphere
/// around the clean image whose radius shrinks where the image is misclassified and grows where it
/// is not. With δ the displacement and ε the sphere's radius:
/// δ ← δ + α·∇/‖∇‖₂, ε ← (1 ∓ γ)·ε, δ ← clip(x + ε·δ/‖δ‖₂) − x. Lengths are in L2 whatever the
/// set; in a set of another norm, the nearest image by that norm counts.
/// Source: Rony, Hafemann, Oliveira, Ben Ayed, Sabourin & Granger, *Decoupling direction and norm
/// for efficient gradient-based L2 adversarial attacks and defenses*, CVPR 2019, algorithm 1,
/// without its rounding to 256 levels.
public struct DecoupledDirectionAndNorm: MinimumDistanceAttack {
  /// For lists, reports and random streams.
  public let name = "ddn"
  /// The number of steps.
  public var steps: Int
  /// The first radius of the sphere.
  public var start: Float
  /// By which share the sphere shrinks and grows in a step.
  public var factor: Float

  /// Creates an attack; without arguments the published one of 100 steps.
  ///
  /// - Parameters:
  ///   - steps: at least 1.
  ///   - start: the first radius of the sphere, in pixel units.
  ///   - factor: by which share the sphere shrinks and grows in a step, below 1.
  public init(steps: Int = 100, start: Float = 1, factor: Float = 0.05) {
    precondition(steps > 0 && start > 0 && factor > 0, "DDN takes steps on a sphere that changes")
    self.steps = steps
    self.start = start
    self.factor = factor
  }

  /// The settings that influence the result, for the report.
  public var settings: [String: String] {
    ["steps": "\(steps)", "start": "\(start)", "factor": "\(factor)"]
  }

  /// The clean image, then a gradient a step.
  public func cost(in norm: Norm, classes: Int) -> AttackCost {
    let step = PassRange.exactly(gradients: 1, logits: 0)
    return AttackCost(ofSurvivor: steps * step, ofFooled: step).repeated(1)
  }

  /// Searches, and returns as soon as an image is near enough.
  public func nearest(
    to example: Example, withLogits logits: [Float], in set: some PerturbationSet,
    stoppingWithin enough: Double, asking oracle: some SharedOracle, random: RandomStream
  ) async throws -> Candidate.BoundaryPoint? {
    let clean = example.image
    var random = random.forked(0)
    let farthest = clean.map { max($0, 1 - $0) }.norm(.l2)
    var offset = clean - clean  // δ
    var radius = Double(start)  // ε
    var nearest: Candidate.BoundaryPoint?
    for step in 0..<steps {
      let image = clean.combined(with: offset) { min(max($0 + $1, 0), 1) }
      let answer = try await oracle.gradient(of: CrossEntropy(), at: image, label: example.label)
      let isAdversarial = answer.logits.argmax != example.label
      let distance = set.distance(of: image, from: clean)
      if isAdversarial, distance < nearest?.distance ?? .infinity {
        nearest = Candidate.BoundaryPoint(image: image, distance: distance)
        if distance <= enough { break }
      }
      let direction = unit(answer.gradient, using: &random)
      let length = Float(stepSize(step))
      offset = offset.combined(with: direction) { $0 + length * $1 }
      radius = min(radius * Double(isAdversarial ? 1 - factor : 1 + factor), farthest)
      let scale = Float(radius / max(offset.norm(.l2), 1e-12))
      offset = clean.combined(with: offset) { min(max($0 + scale * $1, 0), 1) - $0 }
    }
    return nearest
  }

  /// α: from 1 down to 0.01 along a cosine.
  private func stepSize(_ step: Int) -> Double {
    0.01 + (1 - 0.01) / 2 * (1 + cos(.pi * Double(step) / Double(steps)))
  }

  /// The gradient at unit length; a random direction where there is none.
  private func unit(_ gradient: Image, using random: inout RandomStream) -> Image {
    let length = gradient.norm(.l2)
    if length > 0, length.isFinite { return Float(1 / length) * gradient }
    let other = random.image(shape: gradient.shape) { $0.normal() }
    return Float(1 / max(other.norm(.l2), 1e-12)) * other
  }
}
