import Execution
import Tensors
import TestSupport
import Testing

@testable import Attacks

@Suite struct FastAdaptiveBoundaryTests {
  /// Distances of the published AutoAttack program (commit a392200) after 20 steps toward the
  /// runner-up.
  @Test(
    arguments: [
      (LinfBall(radius: 0.15), 0, 0.1290354), (LinfBall(radius: 0.15), 1, 0.0025014),
      (L2Ball(radius: 0.25), 0, 0.2774576), (L2Ball(radius: 0.25), 1, 0.0053229),
      (L1Ball(radius: 0.5), 0, 0.4826627), (L1Ball(radius: 0.5), 1, 0.0074124),
    ] as [(any PerturbationSet, Int, Double)])
  func distancesAreThePublishedOnes(
    set: any PerturbationSet, example: Int, distance: Double
  ) async throws {
    let found = try await nearest(set, example: example)
    #expect(abs(found.distance - distance) < 3e-6)
    #expect(
      try await TinyNetwork().logits(at: found.image).argmax != TinyNetwork.labels[example])
  }

  /// Of the published program after 20 steps from the clean image, toward any class.
  @Test(
    arguments: [
      (LinfBall(radius: 0.15), 0, 0.1290352), (LinfBall(radius: 0.15), 1, 0.0025014),
      (L2Ball(radius: 0.25), 0, 0.2774576), (L2Ball(radius: 0.25), 1, 0.0053230),
      (L1Ball(radius: 0.5), 0, 0.5131970), (L1Ball(radius: 0.5), 1, 0.0074124),
    ] as [(any PerturbationSet, Int, Double)])
  func untargetedDistancesAreThePublishedOnes(
    set: any PerturbationSet, example: Int, distance: Double
  ) async throws {
    let found = try await nearest(NearestBoundary(), set, example: example)
    #expect(abs(found.distance - distance) < 3e-6)
  }

  @Test func theImageIsThePublishedOne() async throws {
    let found = try await nearest(LinfBall(radius: 0.15), example: 0)
    let expected: [Float] = [
      0.0709647, 0.5709647, 0.3709646, 0.7709646, 0.2290353, 0.5290353,
    ]
    for (pixel, expected) in zip(found.image.pixels, expected) {
      #expect(abs(pixel - expected) < 3e-6)
    }
  }

  /// 0.1290 and 0.2775 are the distances to be reached.
  @Test(
    arguments: [
      (LinfBall(radius: 0.13), true), (LinfBall(radius: 0.128), false),
      (L2Ball(radius: 0.278), true), (L2Ball(radius: 0.277), false),
    ] as [(any PerturbationSet, Bool)])
  func aRadiusBeyondTheBoundaryFools(set: any PerturbationSet, fools: Bool) async throws {
    let attack = try #require(try AttackList.parse("fab-t(targets=1)", in: .linf).first)
    let example = Example(
      index: 0, image: TinyNetwork.examples[0], label: TinyNetwork.labels[0])
    let found = try await attack.attack(
      example, within: set, asking: TinyNetwork(), random: RandomStream(seed: 0))
    #expect(found.isAdversarial == fools)
  }

  private func nearest(
    _ set: any PerturbationSet, example: Int
  ) async throws -> Candidate.BoundaryPoint {
    let margin = TargetedMargin(target: [3, 1][example])
    return try await nearest(BoundaryTowardClass(objective: margin), set, example: example)
  }

  private func nearest(
    _ boundary: some Boundary, _ set: any PerturbationSet, example: Int
  ) async throws -> Candidate.BoundaryPoint {
    let clean = TinyNetwork.examples[example]
    let found = try await FastAdaptiveBoundary(steps: 20).nearest(
      boundary, from: clean,
      for: Example(index: example, image: clean, label: TinyNetwork.labels[example]),
      in: set, asking: TinyNetwork(), stoppingWithin: 0)
    return try #require(found)
  }
}
