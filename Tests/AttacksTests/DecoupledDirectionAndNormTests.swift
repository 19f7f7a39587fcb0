import Tensors
import TestSupport
import Testing

@testable import Attacks

@Suite struct DecoupledDirectionAndNormTests {
  struct Golden: Sendable {
    var example: Int
    var steps: Int
    var start: Float = 1
    var distance: Double
    var pixels: [Float]
  }

  /// From Fixtures/decoupled_direction_and_norm.py.
  @Test(arguments: [
    Golden(
      example: 0, steps: 10, distance: 0.6965915,
      pixels: [0.4990015, 0.485819, 0.0605187, 0.629172, 0.1992817, 0.6713223]),
    Golden(
      example: 0, steps: 40, distance: 0.3942427,
      pixels: [0.3992032, 0.6159292, 0.2531012, 0.7278391, 0.1215854, 0.5327144]),
    Golden(
      example: 0, steps: 100, distance: 0.2865525,
      pixels: [0.1988185, 0.5461042, 0.3331793, 0.8622262, 0.2047821, 0.5348768]),
    Golden(
      example: 0, steps: 30, start: 0.1, distance: 0.2903376,
      pixels: [0.1984599, 0.5439579, 0.3311338, 0.8619973, 0.2063445, 0.5366574]),
    Golden(
      example: 1, steps: 10, distance: 0.6942478,
      pixels: [0.9974254, 0.6991645, 0.7952789, 0, 0.5796758, 0.3417648]),
    Golden(
      example: 1, steps: 40, distance: 0.1495155,
      pixels: [0.6903856, 0.3771177, 0.8151342, 0.0071614, 0.8839147, 0.4574944]),
    Golden(
      example: 1, steps: 30, start: 0.1, distance: 0.0249718,
      pixels: [0.6137012, 0.3136024, 0.8042611, 0.0433554, 0.9387018, 0.4921971]),
  ]) func theNearestImageIsTheOneOfTheAlgorithm(golden: Golden) async throws {
    let attack = DecoupledDirectionAndNorm(steps: golden.steps, start: golden.start)
    let oracle = TinyNetwork()
    // No image is near enough to end the search.
    let found = try await attack.attack(
      Example(
        index: 0, image: TinyNetwork.examples[golden.example],
        label: TinyNetwork.labels[golden.example]),
      within: L2Ball(radius: 1e-6), asking: oracle, random: RandomStream(seed: 0))
    let nearest = try #require(found.boundary)
    #expect(abs(nearest.distance - golden.distance) < 2e-5)
    for (pixel, expected) in zip(nearest.image.pixels, golden.pixels) {
      #expect(abs(pixel - expected) < 1e-4)
    }
    #expect(!found.isAdversarial)
    #expect(oracle.passes == (golden.steps + 1, golden.steps))
  }

  @Test func aSearchEndsWithinTheRadius() async throws {
    let oracle = TinyNetwork()
    let found = try await DecoupledDirectionAndNorm().attack(
      Example(index: 0, image: TinyNetwork.examples[0], label: TinyNetwork.labels[0]),
      within: L2Ball(radius: 0.35), asking: oracle, random: RandomStream(seed: 0))
    #expect(found.isAdversarial)
    #expect(try #require(found.boundary).distance <= 0.35)
    #expect(oracle.passes.backwards < 100)
  }
}
