import Files
import Foundation
import Tensors

/// Images and labels in files of MATLAB, whose arrays have the first index running fastest.
///
/// Source: The MathWorks, *MAT-File Format*, level 5; version 7.3 is HDF5 behind 512 bytes of text.
enum MATLABFile {
  /// What such files start with.
  static let marks = ["MATLAB 5.0", "MATLAB 7.3"].map { Array($0.utf8) }

  /// Reads a file with images `[height, width, channels, count]` or `[count, …]`, under usual names.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - expected: decides what the file does not say.
  /// - Returns: the images and labels, checked.
  /// - Throws: ``FileError`` when something is missing or does not fit.
  static func dataset(
    _ path: String, _ expected: ArrayExpectation
  ) throws(FileError) -> Dataset {
    let isHDF5 = try FileContents.prefix(of: path, count: 10) == marks[1]
    let arrays = isHDF5 ? try version73(path, expected) : try version5(path)
    guard let names = ArrayNames(among: arrays.map(\.name), split: expected.split),
      names.labels != nil || expected.labels == .ifPresent,
      var images = arrays.first(where: { $0.name == names.images })
    else {
      let found = arrays.prefix(8).map(\.name).joined(separator: ", ")
      throw FileError(
        path,
        problem: "holds \(found.isEmpty ? "no arrays" : found); expected \(ArrayNames.expected)")
    }
    var result = LabelledArrays(
      name: URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent, images: images,
      files: [path])
    result.notes = [names.note].compactMap(\.self)
    result.labels = arrays.first { $0.name == names.labels }
    let shape = images.shape
    if shape.count == 4, result.labels.map({ $0.shape.contains(shape[3]) }) ?? true {
      images = images.transposed([3, 2, 0, 1])
      result.images = images
      result.notes.append(
        "\(images.name) \(shape) was taken for [height, width, channels, count]")
    }
    if expected.name == KnownDataset.svhn.rawValue {
      result.name = expected.name
      result.countFromOne()
    }
    return try result.dataset(expected)
  }

  /// The arrays of a file of version 7.3, their axes as MATLAB has them.
  private static func version73(
    _ path: String, _ expected: ArrayExpectation
  ) throws(FileError) -> [NumericArray] {
    let file = try HDF5File(reading: path)
    var arrays: [NumericArray] = []
    for name in try file.children() where ArrayNames.areUsual(name) {
      guard try file.kind(of: name) == .dataset else { continue }
      let array = try ArrayFile.array(name, of: file)
      arrays.append(array.transposed(array.shape.indices.reversed()))
    }
    return arrays
  }

  // MARK: Version 5

  private static func version5(_ path: String) throws(FileError) -> [NumericArray] {
    let file = ByteReader(try FileContents.read(path, limit: FileSize.limit), path: path)
    guard file.bytes.starts(with: marks[0]) else {
      throw file.malformed("is no file of MATLAB; unpack it, or download it again")
    }
    var reader = file
    try reader.seek(to: 126)
    guard try reader.slice(2).elementsEqual("IM".utf8) else {
      throw file.malformed("its numbers are big-endian; save it again on this machine")
    }
    // What a file of this size is trusted to unpack to.
    var left = 32 * file.bytes.count + 1 << 28
    var arrays: [NumericArray] = []
    while reader.remaining >= 8 && arrays.count < 256 {
      let (type, range) = try element(&reader)
      var part = reader
      part.place = "element \(arrays.count)"
      try part.restrict(from: range.lowerBound, count: range.count, within: file)
      if type == 15 {
        let plain = try GzipReader.inflated(
          Array(part.bytes[range]), limit: left, path: path, place: part.place)
        left -= plain.count
        part = ByteReader(plain, path: path, place: part.place)
        let (inner, content) = try element(&part)
        guard inner == 14 else { continue }
        try part.seek(to: 0)
        try part.restrict(from: content.lowerBound, count: content.count)
      } else if type != 14 {
        continue
      }
      if let array = try matrix(&part) { arrays.append(array) }
    }
    return arrays
  }

  /// The type of an element and where its bytes are; steps behind it and its padding.
  private static func element(
    _ reader: inout ByteReader
  ) throws(FileError) -> (type: Int, range: Range<Int>) {
    let word: UInt32 = try reader.number()
    if word >> 16 != 0 {
      let range = try reader.range(Int(word >> 16))
      guard range.count <= 4 else { throw reader.malformed("has a small element that is not") }
      _ = try reader.range(min(4 - range.count, reader.remaining))
      return (Int(word & 0xffff), range)
    }
    let range = try reader.range(try reader.number() as UInt32)
    if word != 15 { _ = try reader.range(min((8 - range.count % 8) % 8, reader.remaining)) }
    return (Int(word), range)
  }

  /// An array of numbers; nil for cells, structures, texts and other things.
  private static func matrix(_ reader: inout ByteReader) throws(FileError) -> NumericArray? {
    let flags = try element(&reader).range
    guard flags.count >= 4 else { throw reader.malformed("has no flags") }
    let isComplex = reader.bytes[flags.lowerBound + 1] & 8 != 0
    guard (6...15).contains(reader.bytes[flags.lowerBound]), !isComplex else { return nil }
    let extents = try element(&reader).range
    guard extents.count % 4 == 0, extents.count <= 128 else {
      throw reader.malformed("has a shape of unknown form")
    }
    let shape = Words(bytes: reader.bytes[extents], isBigEndian: false)
      .map { (word: UInt32) in Int(word) }
    let name = String(decoding: reader.bytes[try element(&reader).range], as: UTF8.self)
    let (type, numbers) = try element(&reader)
    // Numbers are kept as narrow as they fit, whatever the array's own type.
    let descriptors = [
      1: "|i1", 2: "|u1", 3: "<i2", 4: "<u2", 5: "<i4", 6: "<u4", 7: "<f4", 9: "<f8", 12: "<i8",
      13: "<u8",
    ]
    guard let descriptor = descriptors[type] else {
      throw reader.malformed("\(name) has numbers of type \(type), which is not read")
    }
    return try NumericArray(
      descriptor: descriptor, bytes: reader.bytes[numbers], shape: shape, isFortran: true,
      path: reader.path, name: name)
  }
}

extension ByteReader {
  /// Restricts reading to a part of the whole, wherever this reader stands.
  fileprivate mutating func restrict(
    from start: Int, count: Int, within whole: ByteReader
  ) throws(FileError) {
    let place = place
    self = whole
    self.place = place
    try restrict(from: start, count: count)
  }
}

extension LabelledArrays {
  /// Takes the label 10 for class 0, as Street View House Numbers have it.
  fileprivate mutating func countFromOne() {
    guard let numbers = labels?.wholeNumbers, numbers.contains(10), !numbers.contains(0) else {
      return
    }
    labels?.numbers = .integers(numbers.map { $0 == 10 ? 0 : Int64($0) })
    notes.append("the label 10 was taken for class 0, as SVHN has it")
  }
}
