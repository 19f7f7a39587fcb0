import Files
import Tensors

/// An array of unsigned bytes in MNIST's IDX format: magic number, big-endian extents, bytes.
///
/// Source: Y. LeCun, C. Cortes & C. J. C. Burges, *The MNIST database*, "File formats".
struct IDXFile {
  private let bytes: [UInt8]
  private let extents: [Int]

  private var headerCount: Int { 4 + 4 * extents.count }

  /// Reads a file, gzipped or not, whose array has the given number of extents.
  init(_ path: String, rank: Int) throws(FileError) {
    bytes = try GzipReader.readMaybeGzipped(path, limit: FileSize.limit)
    var reader = ByteReader(bytes, path: path)
    // Two zeros, 8 for unsigned bytes, the number of extents.
    let magic = try reader.slice(4)
    guard magic.elementsEqual([0, 0, 8, UInt8(rank)]) else {
      throw FileError(
        path, "magic number",
        problem: "it is \(magic.map(String.init).joined(separator: " ")), expected 0 0 8 \(rank); "
          + "check that it is an IDX file and that images and labels are not swapped")
    }
    var extents: [Int] = []
    for _ in 0..<rank {
      let extent: UInt32 = try reader.number()
      extents.append(Int(extent.byteSwapped))
    }
    self.extents = extents
    guard extents.checkedProduct == reader.remaining else {
      throw FileError(
        path,
        problem: "it has \(reader.remaining) bytes after its header, expected "
          + "\(extents.map(String.init).joined(separator: "×")); download it again")
    }
  }

  /// Joins a file of images and one of labels.
  static func read(
    images imagePath: String, labels labelPath: String, as description: DatasetDescription
  ) throws(FileError) -> Dataset {
    let shape = description.shape
    let images = try IDXFile(imagePath, rank: 3)
    let labels = try IDXFile(labelPath, rank: 1)
    guard images.extents.dropFirst().elementsEqual([shape.height, shape.width]) else {
      throw FileError(
        imagePath,
        problem: "its images are \(images.extents[1])×\(images.extents[2]), expected "
          + "\(shape.height)×\(shape.width); check that they are \(description.name)")
    }
    guard labels.extents[0] == images.extents[0] else {
      throw FileError(
        labelPath,
        problem: "it has \(labels.extents[0]) labels, expected one for each of the "
          + "\(images.extents[0]) images; take both files from the same split")
    }
    return try Dataset(
      description,
      pixels: .bytes(images.bytes, offset: images.headerCount, stride: shape.count),
      labels: labels.bytes.dropFirst(labels.headerCount).map { Int($0) },
      indices: Array(0..<labels.extents[0]), files: [imagePath, labelPath])
  }
}
