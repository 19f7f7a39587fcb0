import Files
import Foundation
import Tensors
import Testing

@testable import Datasets

struct ImageFolderTests {
  private func path(_ name: String) throws -> String {
    let folder = try #require(Bundle.module.resourceURL)
    return folder.appending(path: "Fixtures/Images/\(name)").path
  }

  private func picture(_ name: String) throws -> Picture {
    try ImageFolder.picture(at: path(name))
  }

  /// The largest difference of a byte.
  private func difference(_ left: Picture, _ right: Picture) throws -> Int {
    try #require(left.height == right.height && left.width == right.width)
    return zip(left.bytes, right.bytes).map { abs(Int($0) - Int($1)) }.max() ?? 0
  }

  /// Every seventh row and column.
  private func sampled(_ picture: Picture) -> Picture {
    let rows = Array(stride(from: 0, to: picture.height, by: 7))
    let columns = Array(stride(from: 0, to: picture.width, by: 7))
    let bytes = rows.flatMap { row in
      columns.flatMap { column in
        let start = 3 * (row * picture.width + column)
        return picture.bytes[start..<start + 3]
      }
    }
    return Picture(height: rows.count, width: columns.count, bytes: bytes)
  }

  @Test(
    arguments: [
      (16, 24), (41, 20), (90, 67), (7, 100), (1, 1),
    ], [ResamplingFilter.bilinear, .bicubic])
  func resizingGivesPillowsBytes(size: (Int, Int), filter: ResamplingFilter) throws {
    let expected = try picture("\(filter)-\(size.0)x\(size.1).png")
    let resized = try picture("source.png").resized(height: size.0, width: size.1, filter)
    #expect(try difference(resized, expected) == 0)
  }

  // A JPEG decoder of another version may round differently.
  @Test(arguments: Preprocessing.allCases)
  func preprocessingAgreesWithPillow(_ preprocessing: Preprocessing) throws {
    let expected = try picture(preprocessing.rawValue + ".png")
    let photo = preprocessing.applied(to: try picture("folder/b/photo.jpg"))
    #expect(try difference(sampled(photo), expected) <= 1)
  }

  @Test func greyPhotographsBecomeColoured() throws {
    let photo = Preprocessing.res256Crop224.applied(to: try picture("folder/b/grey.jpg"))
    #expect(try difference(sampled(photo), picture("grey.png")) <= 1)
  }

  @Test func everyKindOfPNGIsReadAndFoldersAreClasses() throws {
    let folder = try ImageFolder(path("folder"))
    #expect(folder.count == 6)
    let dataset = try folder.dataset(.none, positions: 0..<4)
    #expect(dataset.classes == 2 && dataset.classNames == ["a", "b"])
    #expect(dataset.shape == FeatureShape(channels: 3, height: 9, width: 8))
    let expected = try FileContents.read(path("small.bin"))
    for position in 0..<4 {
      let pixels = dataset.image(at: position).pixels
      #expect(dataset.label(at: position) == 0 && dataset.index(at: position) == position)
      for (place, value) in pixels.enumerated() {
        let byte = expected[position * 216 + place % 72 * 3 + place / 72]
        #expect(value == Float(byte) / 255)
      }
    }
  }

  @Test func aListChoosesImagesAndTheirOrder() throws {
    let folder = try TemporaryFolder()
    let list = try folder.write(Array("b/photo.jpg\nb/grey.jpg\n".utf8), to: "list.txt")
    let dataset = try ImageFolder(path("folder"), list: list).dataset(.res256Crop224)
    #expect(dataset.count == 2)
    #expect((0..<2).map { dataset.label(at: $0) } == [1, 1])
    #expect(dataset.shape == FeatureShape(channels: 3, height: 224, width: 224))
    let other = try ImageFolder(path("folder")).dataset(.res256Crop224, positions: 4..<6)
    #expect(other.image(at: 1).pixels == dataset.image(at: 0).pixels)
    #expect(other.index(at: 1) == 5 && dataset.index(at: 0) == 0)
  }

  @Test(arguments: ["c/x.jpg", "b", "b/../x", "../b/x", "b/.."])
  func linesThatAreNoImageAreNamed(line: String) throws {
    let folder = try TemporaryFolder()
    let list = try folder.write(Array("b/photo.jpg\n\(line)\n".utf8), to: "list.txt")
    let error = try #require(throws: FileError.self) {
      try ImageFolder(path("folder"), list: list)
    }
    #expect(error.place == "line 2")
  }

  @Test func imagesOfDifferentSizesAreRefused() throws {
    let error = try #require(throws: FileError.self) {
      try ImageFolder(path("folder")).dataset(.none)
    }
    #expect(error.path.hasSuffix("b/grey.jpg") && error.problem.contains("3×240×301"))
  }

  @Test(arguments: ["folder/b/photo.jpg", "folder/a/palette.png", "source.png"])
  func damagedImagesAreReadOrRefused(name: String) throws {
    let bytes = try FileContents.read(path(name))
    func decode(_ bytes: [UInt8]) {
      do throws(FileError) {
        let isPNG = name.hasSuffix("png")
        _ = try isPNG ? PNGFile.picture(bytes, path: name) : JPEGFile.picture(bytes, path: name)
      } catch {
        #expect(error.kind == .malformed && !error.description.contains("\n"))
      }
    }
    for position in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 300)) {
      var changed = bytes
      changed[position] ^= 0xff
      decode(changed)
      decode(Array(bytes.prefix(position)))
    }
  }
}
