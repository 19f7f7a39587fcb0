import Files
import Foundation
import Tensors

/// Images and labels in an archive of `numpy.savez`, as sets of generated images are published.
///
/// `image` is `[count, height, width, channels]`, uint8; `label` the class of each.
struct NumPyArchive {
  private let path: String
  private let known: DatasetDescription
  private let images: NumPyArray
  private let labels: NumPyArray

  /// Reads an archive whose images have the extents and classes of a known data set.
  init(_ path: String, name: String) throws(FileError) {
    guard let known = KnownDataset(rawValue: name)?.description(.train) else {
      throw FileError(
        path,
        problem: "does not say how many classes it has, and \(name) is not known; store an "
          + "HDF5 file with x, y and the attribute classes")
    }
    self.path = path
    self.known = known
    let reader = ByteReader(try FileContents.read(path, limit: FileSize.limit), path: path)
    let archive = try ZipArchive(reader)
    images = try Self.array("image", of: archive, reader)
    labels = try Self.array("label", of: archive, reader)
  }

  /// The images and labels, checked.
  func dataset() throws(FileError) -> Dataset {
    let shape = known.shape
    guard images.kind == "u1", images.shape.count == 4,
      Array(images.shape.dropFirst()) == [shape.height, shape.width, shape.channels]
    else {
      throw FileError(
        path, "image",
        problem: "it is \(images.kind) \(images.shape), expected u1 "
          + "[count, \(shape.height), \(shape.width), \(shape.channels)]")
    }
    guard labels.shape == [images.shape[0]] else {
      throw FileError(
        path, "label", problem: "its shape is \(labels.shape), expected [\(images.shape[0])]")
    }
    var description = known
    description.published = nil
    return try Dataset(
      description, pixels: .bytes(channelsFirst(), offset: 0, stride: shape.count),
      labels: try labels.integers(path), indices: Array(0..<images.shape[0]), files: [path])
  }

  private func channelsFirst() -> [UInt8] {
    let shape = known.shape
    return [UInt8](unsafeUninitializedCapacity: images.bytes.count) { result, initialized in
      images.bytes.withUnsafeBufferPointer { source in
        for start in stride(from: 0, to: source.count, by: shape.count) {
          for position in 0..<shape.area {
            for channel in 0..<shape.channels {
              result[start + channel * shape.area + position] =
                source[start + position * shape.channels + channel]
            }
          }
        }
      }
      initialized = images.bytes.count
    }
  }

  private static func array(
    _ name: String, of archive: ZipArchive, _ reader: ByteReader
  ) throws(FileError) -> NumPyArray {
    guard let record = archive.records.first(where: { $0.name == name + ".npy" }) else {
      let names = archive.records.map(\.name).joined(separator: ", ")
      throw FileError(
        reader.path, problem: "it holds \(names), expected image.npy and label.npy")
    }
    let range = try archive.contents(of: record)
    var part = reader
    part.place = name
    try part.restrict(from: range.lowerBound, count: range.count)
    return try NumPyArray(&part)
  }
}

/// One array in NumPy's format, rows first.
///
/// Source: NumPy, *numpy.lib.format*, versions 1.0 and 2.0.
struct NumPyArray {
  /// The letter of the type and the bytes of an element, for instance `u1` or `i8`.
  let kind: String
  let shape: [Int]
  let bytes: ArraySlice<UInt8>

  init(_ reader: inout ByteReader) throws(FileError) {
    let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
    guard try reader.slice(6).elementsEqual(magic) else {
      throw reader.malformed("it is no array of NumPy")
    }
    let version = try reader.byte()
    _ = try reader.byte()
    let length =
      version == 1 ? Int(try reader.number() as UInt16) : Int(try reader.number() as UInt32)
    let header = String(decoding: try reader.slice(length), as: UTF8.self)
    let descriptor = Self.text(after: "'descr':", in: header, from: "'", to: "'")
    let extents = Self.text(after: "'shape':", in: header, from: "(", to: ")")
    guard let descriptor, let extents, header.contains("'fortran_order': False"),
      descriptor.first == "<" || descriptor.first == "|",
      let size = descriptor.last?.wholeNumberValue
    else { throw reader.malformed("its header is not understood; store little-endian rows") }
    kind = String(descriptor.dropFirst())
    var shape: [Int] = []
    for word in extents.split(separator: ",") {
      guard let extent = Int(word.filter { $0 != " " }), extent >= 0 else {
        throw reader.malformed("its shape (\(extents)) is not understood")
      }
      shape.append(extent)
    }
    self.shape = shape
    let (count, overflow) = (shape.checkedProduct ?? .max).multipliedReportingOverflow(by: size)
    guard !overflow else { throw reader.malformed("its shape is too large") }
    bytes = try reader.slice(count)
  }

  /// The elements as whole numbers.
  func integers(_ path: String) throws(FileError) -> [Int] {
    guard let size = ["u1": 1, "i1": 1, "i4": 4, "u4": 4, "i8": 8, "u8": 8][kind] else {
      throw FileError(path, "label", problem: "it is \(kind), expected whole numbers")
    }
    return stride(from: bytes.startIndex, to: bytes.endIndex, by: size).map { start in
      let word = bytes[start..<start + size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return Int(clamping: word)
    }
  }

  private static func text(
    after key: String, in header: String, from start: Character, to end: Character
  ) -> String? {
    guard let place = header.range(of: key) else { return nil }
    let rest = header[place.upperBound...].drop { $0 != start }.dropFirst()
    return rest.contains(end) ? String(rest.prefix { $0 != end }) : nil
  }
}
