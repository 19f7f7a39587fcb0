import Datasets
import Files
import Foundation
import Tensors
import Testing

@Suite struct ArrayFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func load(_ path: String) throws -> Dataset {
    try DatasetCatalog.load(name: "any", directory: path, environment: [:])
  }

  /// What a test puts into a file; the defaults are valid.
  struct Content {
    var images: Tensor? = Tensor(shape: [2, 1, 2, 3], repeating: 0.5)
    var labels: [Int64]? = [1, 0]
    var indices: [Int64]?
    var name: String? = "tiny"
    var classes: Int? = 2
  }

  func write(_ content: Content, to name: String = "tiny.h5") throws -> String {
    let path = folder.path + "/" + name
    let writer = try HDF5Writer(creating: path)
    if let images = content.images { try writer.write(images, to: "x") }
    if let labels = content.labels { try writer.write(labels, shape: [labels.count], to: "y") }
    if let indices = content.indices {
      try writer.write(indices, shape: [indices.count], to: "index")
    }
    if let name = content.name { try writer.setAttribute("name", to: name) }
    if let classes = content.classes { try writer.setAttribute("classes", to: classes) }
    try writer.finish()
    return path
  }

  @Test(arguments: ["bytes", "floats"])
  func filesOfH5pyAreRead(stem: String) throws {
    let url = try #require(
      Bundle.module.url(forResource: stem, withExtension: "h5", subdirectory: "Fixtures"))
    let set = try load(url.path)
    #expect(set.name == "tiny")
    #expect(set.classes == 5)
    #expect(set.shape == FeatureShape(channels: 2, height: 2, width: 4))
    #expect((0..<3).map(set.label(at:)) == [4, 0, 2])
    #expect((0..<3).map(set.index(at:)) == [10, 7, 300])
    #expect(set.image(at: 2).pixels[15] == Float(74 + 11 + 5 + 3) / 255)
    #expect(set.note == nil)
    // Printed by Fixtures/make_fixtures.py.
    #expect(
      set.sha256 == "74c473fcbfd510efd57b65b2a52a2f6d66147cb8ba1af4ad8e15614b76172de1")
  }

  @Test func indicesCountFromZeroWhereTheFileHasNone() throws {
    let set = try load(write(Content()))
    #expect((0..<2).map(set.index(at:)) == [0, 1])
  }

  @Test func theStemNamesASetWithoutName() throws {
    #expect(try load(write(Content(name: nil), to: "birds.h5")).name == "birds")
  }

  @Test func anArrayFileIsFoundByItsNameInAFolder() throws {
    _ = try write(Content(name: nil), to: "birds.h5")
    let set = try DatasetCatalog.load(name: "birds", directory: folder.path, environment: [:])
    #expect(set.count == 2)
  }

  @Test(arguments: [Float.nan, 1.0001, -0.25, .infinity])
  func thePixelOutsideTheBoxIsNamed(value: Float) throws {
    var images = Tensor(shape: [2, 1, 2, 3], repeating: 1)
    images[10] = value
    let path = try write(Content(images: images, indices: [40, 50]))
    try expectRefusal(
      mentioning: path, "image 50, channel 0, row 1, column 1", "\(value)", "[0, 1]"
    ) { _ = try load(path) }
  }

  @Test(arguments: [
    (Content(labels: [1, 2]), ["record 1", "is 2", "0…1"]),
    (Content(labels: [-1, 0]), ["record 0", "is -1", "0…1"]),
    (Content(labels: [1]), [": y:", "[1]", "[2]"]),
    (Content(labels: nil), [": y:", "missing"]),
    (Content(images: nil), [": x:", "missing"]),
    (Content(images: Tensor(shape: [2, 6])), [": x:", "[2, 6]", "height"]),
    (Content(indices: [3, 3]), ["index of record 1", "is 3"]),
    (Content(indices: [-3, 3]), ["index of record 0", "is -3"]),
    (Content(indices: [3]), [": index:", "[1]", "[2]"]),
    (Content(classes: nil), ["attribute classes", "missing"]),
    (Content(classes: 1), ["attribute classes", "is 1"]),
    (Content(name: "cifar10", classes: 10), ["attribute name", "1×2×3", "3×32×32"]),
  ])
  func malformedFilesAreRefused(content: Content, words: [String]) throws {
    let path = try write(content)
    let error = try #require(throws: FileError.self) { try load(path) }
    for word in words { #expect(error.description.contains(word)) }
    #expect(error.description.hasPrefix(path))
  }

  @Test func integersOfOtherWidthsAreNoPixels() throws {
    let path = folder.path + "/wide.h5"
    let writer = try HDF5Writer(creating: path)
    try writer.write([Int64](repeating: 1, count: 4), shape: [1, 1, 2, 2], to: "x")
    try writer.write([Int64(0)], shape: [1], to: "y")
    try writer.finish()
    try expectRefusal(mentioning: ": x:", "uint8") { _ = try load(path) }
  }

  @Test func aFileOfAnotherFormatIsRefused() throws {
    let path = try folder.write(Array("no arrays".utf8), to: "text.h5")
    try expectRefusal(mentioning: path, "is plain text") { _ = try load(path) }
  }
}
