import Execution
import Tensors
import TestSupport
import Testing

@testable import Attacks

@Suite struct BoundarySupportingSampleTests {
  struct Golden: Sendable {
    var example: Int
    var target: Int
    var length: Double
    var predicted: Int?
    var steps: Int?
    var pixels: [Float]?
  }

  /// Figures of the published program on the same network, with its clip to ±2.5.
  @Test(arguments: [
    Golden(
      example: 0, target: 3, length: 0.4960907, predicted: 3, steps: 1,
      pixels: [0.1037511, 0.4110731, 0.2532763, 0.8848270, 0.2997487, 0.6288254]),
    Golden(example: 1, target: 1, length: 0.0093890, predicted: 1),
    Golden(
      example: 0, target: 1, length: 1.4256666,
      pixels: [0.9083788, 0.3856534, -0.3982474, 0.2654040, 0.1573928, 0.8680350]),
    Golden(example: 1, target: 0, length: 0.2309593),
  ]) func searchesEndWhereThePublishedOnesDo(golden: Golden) async throws {
    let clean = TinyNetwork.examples[golden.example]
    let ending = try await BoundarySupportingSample(space: InputSpace(bounds: -2.5...2.5)).cross(
      from: clean, base: TinyNetwork.labels[golden.example], toward: golden.target,
      asking: TinyNetwork())
    #expect(abs((ending.coordinates - clean).norm(.l2) - golden.length) < 2e-6)
    #expect(ending.predicted != TinyNetwork.labels[golden.example])
    if let predicted = golden.predicted { #expect(ending.predicted == predicted) }
    if let steps = golden.steps { #expect(ending.steps == steps) }
    for (pixel, expected) in zip(ending.coordinates.pixels, golden.pixels ?? []) {
      #expect(abs(pixel - expected) < 2e-6)
    }
  }

  @Test func aSearchEndsAfterItsLastStep() async throws {
    let oracle = TinyNetwork()
    let ending = try await BoundarySupportingSample(steps: 3, rate: 0.001).cross(
      from: TinyNetwork.examples[0], base: 4, toward: 3, asking: oracle)
    #expect(ending.predicted == 4)
    #expect(ending.steps == 3)
    #expect(oracle.passes == (4, 3))
  }

  /// A step of unit rate is as long as the margin, in the coordinates of the space.
  @Test func lengthsAreMeasuredInTheSpace() async throws {
    let space = InputSpace(mean: [0.5], deviation: [0.25], bounds: -9...9)
    let clean = TinyNetwork.examples[0]
    let start = space.coordinates(of: clean)
    #expect((space.pixels(at: start) - clean).norm(.linf) < 1e-7)
    let ending = try await BoundarySupportingSample(steps: 1, rate: 0.1, space: space).cross(
      from: start, base: 4, toward: 3, asking: TinyNetwork())
    // The published logits of the two classes.
    let margin = 2.2678516 - 0.6143160 + 1e-4
    #expect(abs((ending.coordinates - start).norm(.l2) - 0.1 * margin) < 1e-6)
  }

  @Test func gradientsWithRespectToCoordinatesMatchFiniteDifferences() async throws {
    let space = InputSpace(mean: [0.5, 0.4, 0.3], deviation: [0.25, 0.5, 2])
    let network = NetworkInSpace(base: TinyNetwork.wide(), space: space)
    let point = space.coordinates(of: TinyNetwork.wideImage(0))
    let objective = TargetedMargin(target: 3)
    let answer = try await network.gradient(of: objective, at: point, label: 8)
    for position in [5, 70, 140] {
      var values: [Float] = []
      for change: Float in [0.02, -0.02] {
        var moved = point
        moved.pixels[position] += change
        let logits = try await network.logits(at: moved)
        values.append(objective.evaluate(logits, label: 8).value)
      }
      let slope = (values[0] - values[1]) / 0.04
      #expect(abs(answer.gradient.pixels[position] - slope) < 0.01 * abs(slope) + 1e-4)
      #expect(abs(slope) > 1e-3)
    }
  }

  @Test func coordinatesAreClippedToTheImageOfTheBox() {
    let space = InputSpace(mean: [0.5, 0.25], deviation: [0.25, 0.5])
    let shape = FeatureShape(channels: 2, height: 1, width: 2)
    let clipped = space.clipped(Image(shape: shape, pixels: [-3, 3, -3, 3]))
    #expect(clipped.pixels == [-2, 2, -0.5, 1.5])
    #expect(space.pixels(at: clipped).pixels == [0, 1, 0, 1])
  }

  /// Probabilities 0.1, 0.3, 0.4 and 0.2 beside a top class that does not count.
  @Test(
    arguments: [
      (0.05, 2), (0.39, 2), (0.41, 1), (0.69, 1), (0.71, 3), (0.89, 3), (0.91, 0), (0.999, 0),
    ] as [(Float, Int)])
  func targetsAreDrawnInDescendingProbability(share: Float, target: Int) {
    let logits: [Float] = [-2.3025851, -1.2039728, -0.9162907, -1.6094379, 7]
    let wrong = Targets.likeliest(4, in: logits)
    #expect(BoundarySupportingSample.sample(wrong, by: logits, at: share) == target)
  }

  @Test func aSpaceOfOtherChannelsIsRefusedWithTheRemedy() async throws {
    for name in ["bss(space=cifar10)", "svgd(space=imagenet)", "svgd-author-code(space=bss)"] {
      let attack = try #require(try AttackList.parse(name, in: .l2).first)
      let example = Example(index: 0, image: TinyNetwork.examples[0], label: 4)
      let error = await #expect(throws: AttackError.self) {
        try await attack.attack(
          example, within: L2Ball(radius: 1), asking: TinyNetwork(), random: RandomStream(seed: 0))
      }
      #expect(error?.description.contains("3 channels, and these have 1; use space=pixel") == true)
    }
  }
}
