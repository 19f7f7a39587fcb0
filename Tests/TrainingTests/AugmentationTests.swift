import Files
import Foundation
import Tensors
import Testing

@testable import Training

@Suite struct AugmentationTests {
  @Test func everyChangeIsPillows() throws {
    let url = try #require(
      Bundle.module.url(forResource: "autoaugment", withExtension: "h5", subdirectory: "Fixtures"))
    let file = try HDF5File(reading: url.path)
    let extents = try file.description(of: "image").shape
    let shape = FeatureShape(channels: extents[0], height: extents[1], width: extents[2])
    let image = ByteImage(shape: shape, bytes: try file.bytes("image"))
    let results = try file.bytes("results")
    for (number, name) in try file.strings("names").enumerated() {
      let words = name.split(separator: " ")
      let operation = try #require(AutoAugment.Operation(rawValue: String(words[0])))
      let found = AutoAugment.apply(
        operation, magnitude: try #require(Int(words[1])), sign: try #require(Double(words[2])),
        to: image)
      let expected = results[number * shape.count..<(number + 1) * shape.count]
      let different = zip(found.bytes, expected).count { $0 != $1 }
      #expect(different == 0, "\(name): \(different) of \(shape.count) bytes")
    }
  }

  @Test func aCropMovesTheImageAndFillsWithZeros() {
    let image = Image(
      shape: FeatureShape(channels: 1, height: 2, width: 3), pixels: [1, 2, 3, 4, 5, 6])
    #expect(
      Augmentation.cropped(image, down: 1, right: -1, mirrored: false).pixels
        == [0, 4, 5, 0, 0, 0])
    #expect(
      Augmentation.cropped(image, down: 0, right: 0, mirrored: true).pixels == [3, 2, 1, 6, 5, 4])
    #expect(
      Augmentation.cropped(image, down: -1, right: 1, mirrored: true).pixels == [0, 0, 0, 0, 3, 2])
  }

  @Test func everyCropOccursAboutEquallyOften() {
    // One pixel of light in the middle shows where the crop lies.
    let shape = FeatureShape(channels: 1, height: 17, width: 17)
    var image = Image(shape: shape, repeating: 0)
    image.pixels[8 * 17 + 8] = 1
    var counts = [Int](repeating: 0, count: shape.count)
    let draws = 8100
    for number in 0..<draws {
      let random = RandomStream(seed: 1).forked(number)
      let result = Augmentation.cropAndFlip.applied(to: image, random: random)
      if let place = result.pixels.firstIndex(of: 1) { counts[place] += 1 }
    }
    let seen = counts.filter { $0 > 0 }
    #expect(seen.count == 81)
    // Six standard deviations about 100.
    #expect(seen.allSatisfy { (40...160).contains($0) })
  }

  @Test func autoAugmentDependsOnItsStreamOnly() {
    let shape = FeatureShape(channels: 3, height: 12, width: 12)
    var noise = RandomStream(seed: 4)
    let image = noise.image(shape: shape) { Float($0.below(256)) / 255 }
    let results = (0..<40).map {
      Augmentation.autoAugment.applied(to: image, random: RandomStream(seed: 5).forked($0))
    }
    let again = (0..<40).map {
      Augmentation.autoAugment.applied(to: image, random: RandomStream(seed: 5).forked($0))
    }
    #expect(results == again)
    #expect(Set(results).count > 30)
    #expect(results.allSatisfy { $0.pixels.allSatisfy { (0...1).contains($0) } })
  }
}
