import Datasets
import Files
import Foundation
import Tensors
import Testing

/// The same two images in the forms in which people keep arrays.
@Suite struct ArrayFormTests {
  let folder: TemporaryFolder
  private let shape = FeatureShape(channels: 3, height: 2, width: 4)
  /// `[count, channels, height, width]`.
  private let planes = (0..<48).map { UInt8(5 * $0 + 20) }

  init() throws { folder = try TemporaryFolder() }

  private func load(_ path: String, classes: Int? = 10) throws -> Dataset {
    try DatasetCatalog.load(
      name: "any", directory: path, shape: shape, classes: classes, environment: [:])
  }

  /// A file as `numpy.save` writes it.
  private func npy(
    _ bytes: [UInt8], _ descriptor: String, _ shape: [Int], isFortran: Bool = false
  ) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var header =
      "{'descr': '\(descriptor)', 'fortran_order': \(isFortran ? "True" : "False"), "
      + "'shape': (\(extents)), }"
    header += String(repeating: " ", count: 117 - header.count) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8) + bytes
  }

  private func words<Word: FixedWidthInteger>(_ values: [Word], bigEndian: Bool = false) -> [UInt8]
  {
    values.flatMap { value in
      withUnsafeBytes(of: bigEndian ? value.bigEndian : value.littleEndian) { Array($0) }
    }
  }

  /// `[count, height, width, channels]`.
  private var channelsLast: [UInt8] {
    (0..<48).map { place in
      let (image, row, column, channel) = (
        place / 24, place / 12 % 2, place / 3 % 4, place % 3
      )
      return planes[image * 24 + channel * 8 + row * 4 + column]
    }
  }

  /// The same elements, the first index running fastest.
  private var fortran: [UInt8] {
    (0..<48).map { place in
      let (image, channel, row, column) = (place % 2, place / 2 % 3, place / 6 % 2, place / 12)
      return planes[image * 24 + channel * 8 + row * 4 + column]
    }
  }

  private func check(_ set: Dataset, labels: [Int] = [3, 8]) {
    #expect(set.shape == shape)
    #expect((0..<2).map(set.label(at:)) == labels)
    for image in 0..<2 {
      let expected = planes[24 * image..<24 * image + 24].map { Float($0) / 255 }
      #expect(set.image(at: image).pixels == expected)
    }
  }

  enum Images: CaseIterable {
    case plain, last, fortran, int64, bigUInt16, float255, bigFloat255, unit
  }

  @Test(arguments: Images.allCases)
  func imagesOfAnyFormAreTheSame(form: Images) throws {
    let planar = [2, 3, 2, 4]
    let (file, note): ([UInt8], String?) =
      switch form {
      case .plain: (npy(planes, "|u1", planar), nil)
      case .last:
        (npy(channelsLast, "|u1", [2, 2, 4, 3]), "taken for [count, height, width, channels]")
      case .fortran: (npy(fortran, "|u1", planar, isFortran: true), nil)
      case .int64: (npy(words(planes.map { Int64($0) }), "<i8", planar), "0…255")
      case .bigUInt16:
        (npy(words(planes.map { UInt16($0) }, bigEndian: true), ">u2", planar), "0…255")
      case .float255: (npy(words(planes.map { Float($0).bitPattern }), "<f4", planar), "0…255")
      case .bigFloat255:
        (npy(words(planes.map { Double($0).bitPattern }, bigEndian: true), ">f8", planar), "0…255")
      case .unit: (npy(words(planes.map { (Float($0) / 255).bitPattern }), "<f4", planar), nil)
      }
    let path = try folder.write(file, to: "x.npy")
    try folder.write(npy([3, 8], "|u1", [2]), to: "y.npy")
    let set = try load(path)
    check(set)
    if let note { #expect(try #require(set.note).contains(note)) }
    #expect(try #require(set.note).contains("labels were read from y.npy"))
  }

  @Test(
    arguments: [
      ("<i8", [2], [3, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0], nil),
      ("|i1", [2, 1], [3, 8], "one label an image"),
      ("|u1", [1, 2], [3, 8], "one label an image"),
      ("<f4", [2], [0, 0, 0x40, 0x40, 0, 0, 0, 0x41], "floating-point numbers of y"),
      (
        "|u1", [2, 10], [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0],
        "one-hot labels"
      ),
    ] as [(String, [Int], [UInt8], String?)])
  func labelsOfAnyFormAreTheSame(
    descriptor: String, extents: [Int], bytes: [UInt8], note: String?
  ) throws {
    let path = try folder.write(npy(planes, "|u1", [2, 3, 2, 4]), to: "x.npy")
    try folder.write(npy(bytes, descriptor, extents), to: "y.npy")
    let set = try load(path)
    check(set)
    if let note { #expect(try #require(set.note).contains(note)) }
  }

  @Test(arguments: [
    ("x.npy", "y.npy"), ("images.npy", "labels.npy"), ("x_test.npy", "y_test.npy"),
    ("fog.npy", "labels.npy"), ("test_images.npy", "test_labels.npy"),
  ])
  func labelsAreFoundBesideTheirImages(images: String, labels: String) throws {
    let path = try folder.write(npy(planes, "|u1", [2, 3, 2, 4]), to: images)
    try folder.write(npy([3, 8], "|u1", [2]), to: labels)
    check(try load(path))
  }

  @Test(arguments: ["x", "images"])
  func aFolderOfTwoArraysIsRead(images: String) throws {
    try folder.write(npy(planes, "|u1", [2, 3, 2, 4]), to: images + ".npy")
    try folder.write(npy([3, 8], "|u1", [2]), to: images == "x" ? "y.npy" : "labels.npy")
    check(try load(folder.path))
  }

  @Test(arguments: [
    ("|u1", [2, 24], 48, "[count, channels, height, width]"),
    ("|u1", [2, 3, 2, 5], 48, "48 bytes"),
    ("<c8", [2, 3, 1, 1], 48, "<c8"), ("|O", [2, 3, 2, 4], 48, "objects"),
    ("<f4", [2, 3, 2, 1], 48, "[0, 1]"), ("<i4", [2, 3, 2, 1], 48, "uint8"),
    ("|u1", [4611686018427387904, 4, 2, 2], 48, "bytes"),
  ])
  func whatIsNoImagesIsRefused(
    descriptor: String, extents: [Int], count: Int, words: String
  ) throws {
    let bytes = (0..<count).map { UInt8($0 % 4 == 3 ? 0xc0 : 7) }
    let path = try folder.write(npy(bytes, descriptor, extents), to: "x.npy")
    try folder.write(npy([3, 8], "|u1", [2]), to: "y.npy")
    try expectRefusal(mentioning: path, words) { _ = try load(path) }
  }

  @Test(
    arguments: [
      ("|u1", [3], [UInt8](repeating: 1, count: 3), "expected [2]"),
      ("<f4", [2], [0, 0, 0, 0x3f, 0, 0, 0, 0x3f], "whole numbers"),
      ("|u1", [2, 3], [0, 1, 0, 1, 1, 0], "row 1 is not one-hot"),
    ] as [(String, [Int], [UInt8], String)])
  func whatIsNoLabelsIsRefused(
    descriptor: String, extents: [Int], bytes: [UInt8], words: String
  ) throws {
    let path = try folder.write(npy(planes, "|u1", [2, 3, 2, 4]), to: "x.npy")
    try folder.write(npy(bytes, descriptor, extents), to: "y.npy")
    try expectRefusal(mentioning: "y.npy", words) { _ = try load(path) }
  }

  @Test func imagesWithoutLabelsSayWhereToPutThem() throws {
    let path = try folder.write(npy(planes, "|u1", [2, 3, 2, 4]), to: "x.npy")
    try expectRefusal(mentioning: path, "y.npy") { _ = try load(path) }
  }

  @Test(arguments: ["x_test", "images", "data", "X", "test/x", "arr_0"])
  func arraysOfHDF5HaveUsualNames(name: String) throws {
    let labels = [
      "x_test": "y_test", "images": "labels", "data": "label", "X": "Y", "test/x": "test/y",
      "arr_0": "arr_1",
    ]
    let path = folder.path + "/set.h5"
    let writer = try HDF5Writer(creating: path)
    let elements = planes.map { Float($0) }
    try writer.write(Tensor(shape: [2, 3, 2, 4], elements: elements), to: name)
    try writer.write(Tensor(shape: [2, 1], elements: [3, 8]), to: try #require(labels[name]))
    try writer.finish()
    let set = try load(path)
    check(set)
    let note = try #require(set.note)
    #expect(note.contains("images were read from \(name)"))
    #expect(note.contains("0…255"))
    #expect(note.contains("[2, 1] was taken for one label an image"))
  }
}
