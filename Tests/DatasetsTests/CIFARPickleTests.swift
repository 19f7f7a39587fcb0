import Datasets
import Files
import Foundation
import Tensors
import Testing

/// Pickles that Python wrote; see `Fixtures/make_cifar.py`.
@Suite struct CIFARPickleTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func bytes(_ name: String) throws -> [UInt8] {
    let url = try #require(
      Bundle.module.url(
        forResource: name, withExtension: nil, subdirectory: "Fixtures/cifar"))
    return try FileContents.read(url.path)
  }

  private func pixels(_ image: Int) -> [Float] {
    (0..<3072).map { Float((31 * image + $0) % 256) / 255 }
  }

  @Test(arguments: ["python2", "protocol2", "protocol4", "protocol5", "bytes"])
  func theFolderOfTorchvisionIsRead(form: String) throws {
    let path = try folder.write(bytes(form), to: "cifar-10-batches-py/test_batch")
    let set = try DatasetCatalog.load(name: "cifar10", directory: folder.path, environment: [:])
    #expect(set.files == [path])
    #expect((0..<2).map(set.label(at:)) == [3, 8])
    for image in 0..<2 { #expect(set.image(at: image).pixels == pixels(image)) }
    #expect(set.classNames[3] == "cat")
    #expect(try #require(set.note).contains("2 of the 10000 images of cifar10"))
  }

  @Test func fineLabelsCount() throws {
    try folder.write(bytes("hundred"), to: "cifar-100-python/test")
    let set = try DatasetCatalog.load(name: "cifar100", directory: folder.path, environment: [:])
    #expect((0..<2).map(set.label(at:)) == [80, 98])
    #expect(set.classes == 100)
  }

  @Test func trainingBatchesFollowEachOther() throws {
    for batch in 1...5 { try folder.write(bytes("protocol4"), to: "data_batch_\(batch)") }
    let set = try DatasetCatalog.load(
      name: "cifar10", directory: folder.path, split: .train, environment: [:])
    #expect(set.count == 10)
    #expect(set.image(at: 9).pixels == pixels(1))
  }

  @Test(arguments: [("protocol4", "cifar10"), ("hundred", "cifar100")])
  func aBatchMayBeNamedItself(form: String, name: String) throws {
    let path = try folder.write(bytes(form), to: "some_batch")
    let set = try DatasetCatalog.load(name: "any", directory: path, environment: [:])
    #expect(set.name == name)
    #expect(set.count == 2)
  }

  @Test(arguments: [
    ("}.", "labels: is missing"), ("K\u{1}.", "no dictionary"),
    ("}U\u{6}labels](K\u{1}es.", "data: is missing"),
    ("}U\u{6}labels](K\u{1}esU\u{4}datacos\nsystem\nU\u{2}ls\u{85}Rs.", "data: it is no array"),
  ])
  func otherPicklesAreRefused(pickle: String, words: String) throws {
    let content = [0x80, 2] + Array(pickle.unicodeScalars.map { UInt8($0.value) })
    let path = try folder.write(content, to: "test_batch")
    try expectRefusal(mentioning: path, words) {
      _ = try DatasetCatalog.load(name: "cifar10", directory: folder.path, environment: [:])
    }
  }

  @Test func anyChangedByteIsReadOrRefused() throws {
    let whole = try bytes("protocol2")
    for position in 0..<400 {
      var changed = whole
      changed[position] ^= 0xff
      let path = try folder.write(changed, to: "test_batch")
      do throws(FileError) {
        _ = try DatasetCatalog.load(name: "any", directory: path, environment: [:])
      } catch { #expect(error.kind == .malformed) }
    }
  }
}
