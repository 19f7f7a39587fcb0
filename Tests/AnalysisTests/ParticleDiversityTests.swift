import Analysis
import Tensors
import Testing

@Suite struct ParticleDiversityTests {
  /// Squared distances and their summaries from a run of the algorithm in double precision.
  @Test func deviationsAreAveragedAndNotTakenOverImages() throws {
    let images = [
      [
        0.189282575113, 0.0829521870604, 0.222847658224, 0.139324434184, 0.0649407099296,
        0.225757717027,
      ],
      [
        0.272039891434, 0.287370107032, 0.304479152904, 0.15138143171, 0.0751351782923,
        0.122007873436,
      ],
      [
        0.309720359489, 0.307413376566, 0.287952667851, 0.0681007349435, 0.0896517750835,
        0.0502428734149,
      ],
    ].compactMap { ParticleDiversity(squaredDistances: $0) }
    #expect(images.count == 3)
    for (image, expected) in zip(images, [0.0636769811861, 0.0892106613452, 0.116943060988]) {
      #expect(abs(image.deviation - expected) < 1e-10)
    }
    let average = try #require(ParticleDiversity(averaging: images))
    #expect(abs(average.mean - 0.180588927983) < 1e-10)
    #expect(abs(average.deviation - 0.0899435678398) < 1e-10)
  }

  /// Squared distances 25, 25 and 100.
  @Test func distancesAreThoseOfAllPairs() throws {
    let particles = [[0, 0], [3, 4], [6, 8]].map { (pixels: [Float]) in
      Image(shape: FeatureShape(channels: 2), pixels: pixels)
    }
    let diversity = try #require(ParticleDiversity(of: particles))
    #expect(diversity.mean == 50)
    #expect(abs(diversity.deviation - 1250.squareRoot()) < 1e-12)
  }

  @Test func withoutPairsThereIsNoDiversity() {
    let alone = Image(shape: FeatureShape(channels: 1), pixels: [1])
    #expect(ParticleDiversity(of: [alone]) == nil)
    #expect(ParticleDiversity(averaging: []) == nil)
  }
}
