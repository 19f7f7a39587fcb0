import Tensors
import TestSupport
import Testing

@testable import Attacks

@Suite struct SquareAttackTests {
  /// Figures of the published program.
  @Test func pyramidsAreThePublishedOnes() {
    let outer: [Float] = [0.0695258, 0.2259589, 0.2259589, 0.2259589, 0.0695258]
    let peak: [Float] = [0.0695258, 0.2259589, 0.8516911, 0.2259589, 0.0695258]
    expect(Pyramid(rows: 2, columns: 5, in: L2Ball(radius: 1)).heights, outer + peak)
    let rim: [Float] = [0.0644742, 0.2095412, 0.2095412, 0.2095412, 0.0644742]
    let middle: [Float] = [0.0644742, 0.2095412, 0.7898091, 0.2095412, 0.0644742]
    expect(Pyramid(rows: 3, columns: 5, in: L2Ball(radius: 1)).heights, rim + middle + rim)
  }

  private func expect(_ heights: [Float], _ expected: [Float]) {
    #expect(heights.count == expected.count)
    for (height, expected) in zip(heights, expected) { #expect(abs(height - expected) < 2e-7) }
  }

  /// 32×32 and 224×224 with a share of 0.8, from the published program.
  @Test(arguments: [
    (32, 1, [29, 20, 14, 10, 7, 5, 4, 3]), (224, 1, [200, 142, 100, 71, 50, 35, 25, 18]),
  ]) func sidesShrinkAsPublished(extent: Int, smallest: Int, expected: [Int]) {
    let shape = FeatureShape(channels: 3, height: extent, width: extent)
    let sides = [0, 11, 51, 201, 501, 1001, 2001, 4001].map { query in
      Window.side(
        covering: 0.8 / SquareAttack.divisor(query: query), of: shape, atLeast: smallest)
    }
    #expect(sides == expected)
    #expect(SquareAttack.divisor(query: 10) == 1)
    #expect(SquareAttack.divisor(query: 50) == 2)
    #expect(SquareAttack.divisor(query: 4999) == 128)
    #expect(SquareAttack.divisor(query: 9000) == 512)
  }

  @Test(
    arguments: [
      LinfBall(radius: 8 / 255), L2Ball(radius: 0.5), L1Ball(radius: 12),
    ] as [any PerturbationSet],
    [
      FeatureShape(channels: 3, height: 32, width: 32),
      FeatureShape(channels: 1, height: 28, width: 17),
      FeatureShape(channels: 2, height: 4, width: 3),
    ])
  func proposalsFillTheSet(set: any PerturbationSet, shape: FeatureShape) {
    var random = RandomStream(seed: 9)
    let center = random.image(shape: shape) { $0.uniform() }
    let proposals = set.squareProposals(around: center)
    var image = proposals.start(using: &random)
    var changes = 0
    for share: Float in [0.8, 0.4, 0.2, 0.1, 0.05, 0.00625] {
      #expect(set.contains(image, around: center))
      // Clipping takes some of the displacement away.
      #expect(
        set.distance(of: image, from: center) > 0.3
          * min(Double(set.radius), Double(shape.area) / 9))
      let changed = proposals.change(image, share: share, using: &random)
      changes += changed == image ? 0 : 1
      image = changed
    }
    // In L∞ a square may be drawn just as it was.
    #expect(changes >= 3)
  }

  @Test func aSquareInLinfReachesTheBorderInsideItsWindowOnly() {
    var random = RandomStream(seed: 10)
    let shape = FeatureShape(channels: 3, height: 32, width: 32)
    let center = Image(shape: shape, repeating: 0.5)
    let proposals = LinfBall(radius: 0.125).squareProposals(around: center)
    for (share, side) in [(0.8, 29), (0.05, 7), (0.00625, 3)] as [(Float, Int)] {
      let changed = proposals.change(center, share: share, using: &random) - center
      for channel in 0..<3 {
        let plane = changed.pixels[channel * 1024..<(channel + 1) * 1024].filter { $0 != 0 }
        #expect(plane.count == side * side)
        #expect(Set(plane).count == 1)
        #expect(abs(plane.first ?? 0) == 0.125)
      }
    }
  }

  @Test func thePublishedCostIsNotExceeded() async throws {
    let oracle = TinyNetwork()
    let found = try await SquareAttack(queries: 50).attack(
      Example(index: 0, image: TinyNetwork.examples[0], label: TinyNetwork.labels[0]),
      within: LinfBall(radius: 0.01), asking: oracle, random: RandomStream(seed: 0))
    #expect(!found.isAdversarial)
    // The clean image, the start and 50 changes.
    #expect(oracle.passes == (52, 0))
  }

  /// As in the published program, whose offsets end one before the last.
  @Test func smallSquaresNeverTouchTheLastRowOrColumn() {
    var random = RandomStream(seed: 11)
    let shape = FeatureShape(channels: 1, height: 5, width: 7)
    let windows = (0..<400).map { _ in Window(side: 2, in: shape, using: &random) }
    #expect(Set(windows.map(\.row)) == Set(0...2))
    #expect(Set(windows.map(\.column)) == Set(0...4))
    let full = Window(side: 5, in: shape, using: &random)
    #expect(full.row == 0)
  }

  /// Auto-PGD of the published program fools this image at a radius of 0.004.
  @Test func squareFindsWhatTheGradientFinds() async throws {
    let found = try await SquareAttack(queries: 1000).attack(
      Example(index: 3, image: TinyNetwork.wideImage(16), label: 7),
      within: LinfBall(radius: 0.006), asking: TinyNetwork.wide(),
      random: RandomStream(seed: 0))
    #expect(found.isAdversarial)
  }
}
