import Execution
import Tensors

/// Where the decision boundary seems to be, judged by gradients at an image.
protocol Boundary: Sendable {
  /// The boundary's linear approximation.
  ///
  /// - Parameters:
  ///   - image: in [0, 1].
  ///   - label: the true class.
  ///   - set: in whose norm planes are near or far.
  ///   - oracle: answers questions about the network.
  /// - Returns: a plane; the true class is left on its other side.
  /// - Throws: what the oracle throws.
  func plane(
    at image: Image, label: Int, in set: some PerturbationSet, asking oracle: some Oracle
  ) async throws -> Hyperplane
}

/// The boundary where an objective is zero.
struct BoundaryTowardClass<Margin: Objective>: Boundary {
  /// Positive beyond the boundary.
  var objective: Margin

  /// Creates a boundary.
  init(objective: Margin) { self.objective = objective }

  /// One gradient question.
  func plane(
    at image: Image, label: Int, in set: some PerturbationSet, asking oracle: some Oracle
  ) async throws -> Hyperplane {
    Hyperplane(
      where: try await oracle.gradient(of: objective, at: image, label: label), at: image)
  }
}

/// The boundary toward the wrong class that seems nearest.
struct NearestBoundary: Boundary {
  /// Creates a boundary.
  init() {}

  /// A gradient question for every wrong class.
  func plane(
    at image: Image, label: Int, in set: some PerturbationSet, asking oracle: some Oracle
  ) async throws -> Hyperplane {
    var nearest = Hyperplane(normal: image.map { _ in 0 }, offset: 0)
    var shortest = Double.infinity
    for wrong in 0..<oracle.classes where wrong != label {
      let answer = try await oracle.gradient(
        of: TargetedMargin(target: wrong), at: image, label: label)
      let slope = answer.gradient.norm(set.norm.dual)
      let distance = abs(Double(answer.value)) / (slope + 1e-12)
      if distance < shortest {
        shortest = distance
        nearest = Hyperplane(where: answer, at: image)
      }
    }
    return nearest
  }
}

extension Hyperplane {
  /// Where the linear approximation of an objective is zero.
  fileprivate init(where answer: Answer, at image: Image) {
    self.init(
      normal: answer.gradient,
      offset: answer.gradient.dot(image) - Double(answer.value))
  }
}

extension Norm {
  /// The norm q for which |⟨v, w⟩| ≤ ‖v‖ₚ·‖w‖_q, with equality for some v.
  fileprivate var dual: Norm {
    switch self {
    case .linf: .l1
    case .l2: .l2
    case .l1: .linf
    }
  }
}
