internal import Files
internal import Tensors

/// Misclassified images, appended as they are found: records of float32 pixels, nothing else.
///
/// Which record belongs to which image stands in the ledger, whose line is written afterwards; a
/// record without a line does not count.
struct AdversarialStore: Sendable {
  private let file: OpenFile
  let shape: FeatureShape
  private var count: Int

  private var recordBytes: Int { shape.count * MemoryLayout<Float>.size }

  /// Opens a store and cuts it to the records that the ledger knows.
  init(_ path: String, shape: FeatureShape, count: Int) throws(FileError) {
    file = try OpenFile(path)
    self.shape = shape
    self.count = count
    let (size, expected) = (file.size, count * recordBytes)
    guard size >= expected else {
      throw FileError(
        path,
        problem: "holds \(size) bytes; the ledger's \(count) images need \(expected); "
          + "the run cannot be resumed, choose another --out")
    }
    try file.cut(to: expected)
  }

  /// Appends an image and gives its record number.
  mutating func append(_ image: Image) throws(FileError) -> Int {
    precondition(image.shape == shape, "a store holds images of one shape")
    try file.append(image.pixels.withUnsafeBytes { Array($0) })
    count += 1
    return count - 1
  }

  /// Reads an image back, bit for bit.
  func image(_ record: Int) throws(FileError) -> Image {
    let bytes = file.read(recordBytes, at: record * recordBytes)
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
