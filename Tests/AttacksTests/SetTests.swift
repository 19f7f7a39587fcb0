import Tensors
import Testing

@testable import Attacks

@Suite struct SetTests {
  static let shape = FeatureShape(channels: 3, height: 11, width: 13)
  static let balls: [any PerturbationSet] = [
    LinfBall(radius: 8 / 255), LinfBall(radius: 0.001), L2Ball(radius: 0.5),
    L2Ball(radius: 0.01), L1Ball(radius: 12), L1Ball(radius: 0.1),
  ]

  static func vector(_ pixels: [Float]) -> Image {
    Image(shape: FeatureShape(channels: pixels.count), pixels: pixels)
  }

  @Test(arguments: balls) func projectionsAndRandomImagesAreInTheSet(
    set: any PerturbationSet
  ) {
    var random = RandomStream(seed: 1)
    for scale: Float in [0.001, 0.1, 10] {
      let center = random.image(shape: Self.shape) { $0.uniform() }
      let far = center + random.image(shape: Self.shape) { scale * $0.normal() }
      let near = set.project(far, around: center)
      #expect(set.contains(near, around: center))
      #expect(set.distance(of: near, from: center) <= Double(set.radius) * (1 + 1e-6) + 3e-8)
      #expect(set.contains(set.random(around: center, using: &random), around: center))
      let radius = Double(set.radius)
      #expect(abs(set.distance(of: near, from: center) / radius - 1) < 0.5 || scale == 0.001)
    }
  }

  @Test(arguments: balls) func projectionLeavesImagesOfTheSetAlone(set: any PerturbationSet) {
    var random = RandomStream(seed: 2)
    let center = random.image(shape: Self.shape) { 0.25 + 0.5 * $0.uniform() }
    let inside = center + 1e-7 * random.image(shape: Self.shape) { $0.normal() }
    #expect(set.project(inside, around: center) == inside)
  }

  @Test(arguments: balls) func aRadiusOfZeroLeavesOnlyTheCenter(set: any PerturbationSet) {
    var random = RandomStream(seed: 3)
    let point = set.withRadius(0)
    let center = random.image(shape: Self.shape) { $0.uniform() }
    let far = random.image(shape: Self.shape) { $0.normal() }
    #expect(point.project(far, around: center) == center)
    #expect(point.random(around: center, using: &random) == center)
  }

  /// No other direction of unit length has a larger inner product with the gradient.
  @Test(arguments: balls) func theSteepestDirectionHasUnitLength(set: any PerturbationSet) {
    var random = RandomStream(seed: 4)
    let gradient = random.image(shape: Self.shape) { 1e-3 * $0.normal() }
    let direction = set.steepest(gradient)
    #expect(abs(direction.norm(set.norm) - 1) < 1e-6)
    let dual =
      switch set.norm {
      case .linf: gradient.norm(.l1)
      case .l2: gradient.norm(.l2)
      case .l1: gradient.norm(.linf)
      }
    // In L₁ the direction spreads over the largest hundredth.
    #expect(gradient.dot(direction) > (set.norm == .l1 ? 0.7 : 0.99999) * dual)
  }

  @Test(arguments: balls) func aGradientWithoutDirectionMovesNothing(
    set: any PerturbationSet
  ) {
    let zero = Image(shape: Self.shape, repeating: 0)
    #expect(set.steepest(zero) == zero)
    #expect(set.steepest(Image(shape: Self.shape, repeating: .nan)) == zero)
  }

  @Test(arguments: balls) func imagesOutsideAreNotContained(set: any PerturbationSet) {
    let center = Image(shape: Self.shape, repeating: 0.5)
    var outside = center
    outside.pixels[5] += 1.01 * set.radius + 0.001
    #expect(!set.contains(outside, around: center))
    outside.pixels[5] = .nan
    #expect(!set.contains(outside, around: center))
  }

  /// Figures of the published program.
  @Test func theL1ProjectionIsThePublishedOne() {
    let center = Self.vector([0.2, 0.7, 0.5, 0.9])
    let offset = Self.vector([0.5, -0.9, 0.3, 0.4])
    let projected = L1Ball(radius: 0.8).project(center + offset, around: center)
    for (own, expected) in zip(
      (projected - center).pixels, [0.5 - 0.3333334, -0.9 + 0.3333334, 0, 0.4 - 0.3333334])
    {
      #expect(abs(own - Float(expected)) < 3e-7)
    }
  }

  /// The optimality condition: all pixels that move freely are shrunk by one amount.
  @Test func theL1ProjectionIsNearest() throws {
    var random = RandomStream(seed: 5)
    let center = random.image(shape: Self.shape) { $0.uniform() }
    let far = center + random.image(shape: Self.shape) { $0.normal() }
    let near = L1Ball(radius: 20).project(far, around: center)
    #expect(abs(near.distance(to: center, .l1) - 20) < 1e-5)
    var shrinkages: [Float] = []
    for i in 0..<center.count where near.pixels[i] != center.pixels[i] {
      if near.pixels[i] == 0 || near.pixels[i] == 1 { continue }
      shrinkages.append(abs(far.pixels[i] - near.pixels[i]))
    }
    let amount = try #require(shrinkages.first)
    #expect(shrinkages.count > 10)
    #expect(shrinkages.allSatisfy { abs($0 - amount) < 1e-6 })
    for i in 0..<center.count where near.pixels[i] == center.pixels[i] {
      let clipped = min(max(far.pixels[i], 0), 1)
      #expect(
        abs(far.pixels[i] - center.pixels[i]) <= amount + 1e-6 || clipped == center.pixels[i])
    }
  }

  @Test func selectionByMagnitudeAgreesWithSorting() {
    var random = RandomStream(seed: 6)
    var image = random.image(shape: Self.shape) { $0.normal() * $0.normal() }
    for i in 0..<40 { image.pixels[3 * i] = i % 2 == 0 ? 0 : 0.25 }
    let sorted = image.pixels.map { abs($0) }.sorted()
    for place in [0, 1, 30, 213, 400, image.count - 1] {
      #expect(image.magnitude(atAscendingPlace: place) == sorted[place])
    }
  }
}
