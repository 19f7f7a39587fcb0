import Tensors
import Testing

@testable import Attacks

@Suite struct HyperplaneTests {
  static let balls: [any PerturbationSet] = [
    LinfBall(radius: 1), L2Ball(radius: 1), L1Ball(radius: 1),
  ]

  /// Figures of the published program.
  @Test(
    arguments: zip(
      balls,
      [
        [-0.1857143, 0.1857143, -0.1857143, 0], [-0.1238095, 0.2476191, -0.0619048, 0],
        [-0.05, 0.3, 0, 0],
      ] as [[Float]]))
  func displacementsAreThePublishedOnes(set: any PerturbationSet, expected: [Float]) {
    let point = SetTests.vector([0.2, 0.7, 0.5, 0.9])
    let normal = SetTests.vector([1, -2, 0.5, 0])
    let near = set.displacement(from: point, to: Hyperplane(normal: normal, offset: -1.6))
    for (own, expected) in zip(near.pixels, expected) { #expect(abs(own - expected) < 2e-7) }
    let corner = set.displacement(from: point, to: Hyperplane(normal: normal, offset: -5))
    for (own, expected) in zip(corner.pixels, [-0.2, 0.3, -0.5, 0] as [Float]) {
      #expect(abs(own - expected) < 2e-7)
    }
  }

  /// The plane is reached, within the box, and no longer way is taken than necessary.
  @Test(arguments: balls, [-1.5, -0.1, 0, 0.2, 3] as [Double])
  func displacementsReachThePlane(set: any PerturbationSet, distance: Double) {
    var random = RandomStream(seed: 8)
    let point = random.image(shape: SetTests.shape) { $0.uniform() }
    let normal = random.image(shape: SetTests.shape) { $0.normal() }
    let plane = Hyperplane(normal: normal, offset: normal.dot(point) + distance)
    let displacement = set.displacement(from: point, to: plane)
    let reached = point + displacement
    #expect(abs(normal.dot(reached) - plane.offset) < 1e-4)
    #expect(reached.pixels.allSatisfy { $0 >= 0 && $0 <= 1 })
    // Without the box the distance would be |excess| / ‖normal‖ in the dual norm: a lower bound.
    let dual =
      switch set.norm {
      case .linf: normal.norm(.l1)
      case .l2: normal.norm(.l2)
      case .l1: normal.norm(.linf)
      }
    #expect(displacement.norm(set.norm) >= abs(distance) / dual * (1 - 1e-6))
    #expect(displacement.norm(set.norm) <= 1.5 * abs(distance) / dual + 1e-6)
  }

  @Test(arguments: balls) func aPlaneWithoutNormalMovesNothing(set: any PerturbationSet) {
    let zero = SetTests.vector([0, 0, 0])
    let point = SetTests.vector([0.1, 0.5, 1])
    let plane = Hyperplane(normal: zero, offset: 1)
    #expect(set.displacement(from: point, to: plane) == zero)
  }
}
