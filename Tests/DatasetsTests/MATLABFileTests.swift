import Datasets
import Files
import Foundation
import Tensors
import Testing

/// Files that SciPy and h5py wrote; see `Fixtures/make_mat.py`.
@Suite struct MATLABFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func bytes(_ name: String) throws -> [UInt8] {
    let url = try #require(
      Bundle.module.url(forResource: name, withExtension: "mat", subdirectory: "Fixtures/svhn"))
    return try FileContents.read(url.path)
  }

  @Test(arguments: ["plain", "test_32x32", "v73"], ["", "SVHN/"])
  func houseNumbersAreReadInEveryVersion(version: String, place: String) throws {
    try folder.write(bytes(version), to: place + "test_32x32.mat")
    let set = try DatasetCatalog.load(name: "svhn", directory: folder.path, environment: [:])
    #expect(set.name == "svhn")
    #expect(set.shape == FeatureShape(channels: 3, height: 32, width: 32))
    #expect((0..<2).map(set.label(at:)) == [0, 7])
    for (image, channel, row, column) in [(0, 0, 0, 0), (1, 2, 31, 4), (1, 1, 8, 30)] {
      let byte = (7 * image + 3 * row + 5 * column + 11 * channel) % 256
      #expect(
        set.image(at: image).pixels[(channel * 32 + row) * 32 + column] == Float(byte) / 255)
    }
    let note = try #require(set.note)
    #expect(note.contains("2 of the 26032 images of svhn"))
    #expect(note.contains("the label 10 was taken for class 0"))
    #expect(note.contains("[height, width, channels, count]"))
  }

  @Test func elsewhereTenIsTen() throws {
    let path = try folder.write(bytes("plain"), to: "mine.mat")
    let set = try DatasetCatalog.load(
      name: "any", directory: path, classes: 11, environment: [:])
    #expect((0..<2).map(set.label(at:)) == [10, 7])
    #expect(set.name == "mine")
  }

  @Test(arguments: ["plain", "test_32x32", "v73"])
  func anyChangedByteIsReadOrRefused(name: String) throws {
    let whole = try bytes(name)
    for position in stride(from: 0, to: whole.count, by: max(1, whole.count / 400)) {
      var changed = whole
      changed[position] ^= 0xff
      let path = try folder.write(changed, to: "mine.mat")
      do throws(FileError) {
        _ = try DatasetCatalog.load(name: "svhn", directory: path, environment: [:])
      } catch { #expect(error.kind == .malformed) }
    }
  }

  @Test(arguments: 0..<300)
  func truncatedFilesAreRefused(length: Int) throws {
    let path = try folder.write(Array(try bytes("plain").prefix(10 + length)), to: "mine.mat")
    #expect(throws: FileError.self) {
      try DatasetCatalog.load(name: "svhn", directory: path, environment: [:])
    }
  }
}
