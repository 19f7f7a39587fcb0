internal import Files
internal import Tensors

/// Misclassified images, appended as they are found: records of float32 pixels, nothing else.
///
/// Which record belongs to which image stands in the ledger, whose line is written afterwards; a
/// record without a line does not count.
struct AdversarialStore: Sendable {
  private let file: GrowingFile
  let shape: FeatureShape
  private var count: Int

  private var recordBytes: Int { shape.count * MemoryLayout<Float>.size }

  /// Opens a store, making it when absent; ``keep(_:)`` says what of it counts.
  init(_ path: String, shape: FeatureShape) throws(FileError) {
    file = try GrowingFile(path)
    self.shape = shape
    count = 0
    count = file.size / recordBytes
  }

  /// Opens the store of a finished run and leaves it alone.
  init(reading path: String, shape: FeatureShape) throws(FileError) {
    file = try GrowingFile(reading: path)
    self.shape = shape
    count = 0
    count = file.size / recordBytes
  }

  /// Cuts the store to its first records, those that the ledger knows.
  mutating func keep(_ records: Int) throws(FileError) {
    precondition(records <= count, "what is kept is there")
    try file.cut(to: records * recordBytes)
    count = records
  }

  /// Appends an image.
  ///
  /// - Returns: its record number and its checksum.
  mutating func append(_ image: Image) throws(FileError) -> (record: Int, sum: String) {
    precondition(image.shape == shape, "a store holds images of one shape")
    let bytes = image.pixels.withUnsafeBytes { Array($0) }
    try file.append(bytes)
    count += 1
    return (count - 1, Self.sum(of: bytes))
  }

  /// The first 16 digits of the SHA-256 of a record's bytes; nil where it is not there.
  func sum(of record: Int) -> String? {
    guard record < count else { return nil }
    let bytes = file.read(recordBytes, at: record * recordBytes)
    return bytes.count == recordBytes ? Self.sum(of: bytes) : nil
  }

  private static func sum(of bytes: [UInt8]) -> String {
    String(decoding: LedgerLine.sum(of: bytes), as: UTF8.self)
  }

  /// Reads an image back, bit for bit.
  func image(_ record: Int) throws(FileError) -> Image {
    let bytes = record < count ? file.read(recordBytes, at: record * recordBytes) : []
    guard bytes.count == recordBytes else {
      throw FileError(file.path, "record \(record)", problem: "is not there")
    }
    let pixels = bytes.withUnsafeBytes { bytes in
      (0..<shape.count).map {
        bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Float>.size, as: Float.self)
      }
    }
    return Image(shape: shape, pixels: pixels)
  }
}
