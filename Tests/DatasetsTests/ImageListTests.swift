import Datasets
import Files
import Foundation
import Testing

/// Validation images in one folder, with their classes in another file.
@Suite struct ImageListTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func addImage(_ place: String) throws {
    let source = try #require(Bundle.module.resourceURL)
      .appending(path: "Fixtures/Images/bilinear-16x24.png")
    try folder.write(try FileContents.read(source.path), to: place)
  }

  @Test func tinyImageNetIsRead() throws {
    try folder.write(Array("n03\nn01\nn02\n".utf8), to: "wnids.txt")
    let annotations = "val_0.JPEG\tn02\t0\t0\t9\t9\nval_1.JPEG\tn01\t0\t0\t9\t9\n"
    try folder.write(Array(annotations.utf8), to: "val/val_annotations.txt")
    for name in ["val_0.JPEG", "val_1.JPEG"] { try addImage("val/images/" + name) }
    let images = try #require(try ImageFolder.withList(folder.path))
    #expect(images.classes == 3)
    let set = try images.dataset(.none)
    #expect((0..<2).map(set.label(at:)) == [1, 0])
    #expect(set.classNames == ["n01", "n02", "n03"])
    #expect(try #require(set.note).contains("in the order of their names"))
  }

  @Test func aClassThatIsNotListedIsNamed() throws {
    try folder.write(Array("n01\n".utf8), to: "wnids.txt")
    try folder.write(Array("val_0.JPEG\tn09\n".utf8), to: "val/val_annotations.txt")
    try expectRefusal(mentioning: "val_0.JPEG", "n09") {
      _ = try ImageFolder.withList(folder.path)
    }
  }

  @Test func filesOutsideOfTheFolderAreNotOpened() throws {
    try folder.write(Array("n01\n".utf8), to: "wnids.txt")
    try folder.write(Array("../../secret\tn01\n".utf8), to: "val/val_annotations.txt")
    try expectRefusal(mentioning: "secret") { _ = try ImageFolder.withList(folder.path) }
  }

  /// `({'n02': ('b',), 'n01': ('a',)}, ['n02', 'n01'])` as protocol 2 pickles it.
  private let meta: [UInt8] =
    [0x80, 2] + Array("}(U\u{3}n02U\u{1}b".utf8) + [0x85] + Array("U\u{3}n01U\u{1}a".utf8)
    + [0x85] + Array("u](U\u{3}n02U\u{3}n01e".utf8) + [0x86] + Array(".".utf8)

  @Test func flatImageNetIsReadWithTorchvisionsList() throws {
    try folder.write(meta, to: "meta.bin")
    for number in 1...2 { try addImage("val/ILSVRC2012_val_0000000\(number).JPEG") }
    let images = try #require(try ImageFolder.withList(folder.path))
    let set = try images.dataset(.none)
    #expect((0..<2).map(set.label(at:)) == [1, 0])
  }

  @Test func listsOfOtherLengthsAreRefused() throws {
    try folder.write(meta, to: "meta.bin")
    try addImage("val/ILSVRC2012_val_00000001.JPEG")
    try expectRefusal(mentioning: "has 1 images", "classes of 2") {
      _ = try ImageFolder.withList(folder.path)
    }
  }

  @Test func otherFoldersHaveNoList() throws {
    try addImage("val/n01/a.png")
    #expect(try ImageFolder.withList(folder.path).map(\.count) == nil)
  }
}
