import Tensors
import Testing

@Suite("Norms of images")
struct NormTests {
  private func image(_ pixels: [Float]) -> Image {
    Image(shape: FeatureShape(channels: pixels.count), pixels: pixels)
  }

  @Test(
    "3 and −4 have the norms 4, 5 and 7",
    arguments: [
      (Norm.linf, 4.0), (.l2, 5.0), (.l1, 7.0),
    ])
  func threeAndFour(_ norm: Norm, _ expected: Double) {
    #expect(image([3, -4]).norm(norm) == expected)
  }

  @Test("A constant image has closed-form norms", arguments: [1, 7, 8, 9, 16, 31, 3072])
  func constantImage(_ count: Int) {
    let image = image([Float](repeating: -0.25, count: count))
    #expect(image.norm(.linf) == 0.25)
    #expect(image.norm(.l1) == 0.25 * Double(count))
    #expect(abs(image.norm(.l2) - 0.25 * Double(count).squareRoot()) < 1e-12 * Double(count))
  }

  @Test("The numbers 1…n have the sums of Gauss", arguments: [1, 5, 8, 13, 100])
  func numbersUpToN(_ count: Int) {
    let image = image((1...count).map(Float.init))
    let n = Double(count)
    #expect(image.norm(.l1) == n * (n + 1) / 2)
    #expect(image.dot(image) == n * (n + 1) * (2 * n + 1) / 6)
    #expect(image.norm(.linf) == n)
  }

  @Test("A small pixel beside a large one is not lost")
  func smallPixelIsNotLost() {
    // In single precision 2²⁴ + 1 is 2²⁴.
    #expect(image([0x1p24, 1]).norm(.l1) == 0x1p24 + 1)
  }

  @Test("NaN is passed on", arguments: Norm.allCases)
  func nanIsPassedOn(_ norm: Norm) {
    #expect(image([1, .nan, 2]).norm(norm).isNaN)
    #expect(image([Float](repeating: 1, count: 9) + [.nan]).norm(norm).isNaN)
  }

  @Test("Orthogonal images have inner product 0")
  func orthogonalImages() {
    #expect(image([1, 2, 0, -1]).dot(image([2, -1, 5, 0])) == 0)
  }

  @Test("Clipping brings every pixel into the box")
  func clipping() {
    #expect(image([-0.5, 0, 0.25, 1, 1.5]).clippedToBox().pixels == [0, 0, 0.25, 1, 1])
  }
}
