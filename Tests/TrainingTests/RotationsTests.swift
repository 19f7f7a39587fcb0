import Tensors
import Testing

@testable import Training

struct RotationsTests {
  let image = Image(
    shape: FeatureShape(channels: 1, height: 2, width: 2), pixels: [0.1, 0.2, 0.3, 0.4])

  @Test func `A quarter is to the left`() {
    #expect(image.turned(1).pixels == [0.2, 0.4, 0.1, 0.3])
    #expect(image.turned(2).pixels == [0.4, 0.3, 0.2, 0.1])
    #expect(image.turned(4) == image)
  }

  @Test func `Every rotation is cropped in its own way, of one mirrored image`() {
    var large = Image(
      shape: FeatureShape(channels: 1, height: 16, width: 16),
      pixels: (0..<256).map { Float($0 + 1) / 256 })
    let views = Augmentation.cropAndFlip.views(of: large, random: RandomStream(seed: 3))
    #expect(views.count == 4)
    // The middle stays inside whatever the crop: where it lies tells the crop.
    func corner(_ view: Image, _ quarters: Int) -> Int? {
      let back = view.turned(4 - quarters)
      return [large.pixels[136], large.pixels[135]].lazy.compactMap(back.pixels.firstIndex).first
    }
    let places = views.enumerated().map { corner($1, $0) }
    #expect(places.allSatisfy { $0 != nil } && Set(places).count > 1)
    large.pixels[0] = 0
    #expect(Augmentation.none.views(of: image, random: RandomStream(seed: 1))[1] == image.turned(1))
  }
}
