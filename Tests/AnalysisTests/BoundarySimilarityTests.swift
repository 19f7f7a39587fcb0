import Analysis
import Tensors
import Testing

@Suite struct BoundarySimilarityTests {
  private func vector(_ values: [Float]) -> Image {
    Image(shape: FeatureShape(channels: values.count), pixels: values)
  }

  /// By hand: ratios 5/5 and 1/3, cosines 20/25 and 2/3.
  @Test func meansAreOverPairs() throws {
    let similarity = try #require(
      BoundarySimilarity([
        (vector([3, 4, 0]), vector([0, 5, 0])), (vector([1, 0, 0]), vector([2, 2, 1])),
      ]))
    #expect(abs(similarity.magnitude - 0.6666667) < 1e-7)
    #expect(abs(similarity.angle - 0.7333333) < 1e-7)
    #expect(similarity.pairs == 2)
    #expect(similarity.omitted == 0)
  }

  @Test func displacementsOfZeroAreLeftOut() throws {
    let pairs = [
      (vector([0, 0]), vector([1, 0])), (vector([2, 0]), vector([-1, 0])),
    ]
    let similarity = try #require(BoundarySimilarity(pairs))
    #expect(similarity.magnitude == 0.5)
    #expect(similarity.angle == -1)
    #expect(similarity.pairs == 1)
    #expect(similarity.omitted == 1)
    #expect(BoundarySimilarity([pairs[0]]) == nil)
    #expect(BoundarySimilarity([]) == nil)
  }
}
