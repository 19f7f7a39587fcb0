import Files
import Tensors

/// The binary form of CIFAR-10 and CIFAR-100: labels and 3072 pixel bytes a record, no header.
///
/// Source: A. Krizhevsky, https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
enum CIFARBinary {
  /// Reads the records of files one after another.
  ///
  /// Of two label bytes, as CIFAR-100 has them, the second is the fine label and counts.
  static func read(
    _ paths: [String], labelBytes: Int, as description: DatasetDescription
  ) throws(FileError) -> Dataset {
    let record = labelBytes + description.shape.count
    var bytes: [UInt8] = []
    for path in paths {
      let next = try GzipReader.readMaybeGzipped(path, limit: FileSize.limit)
      guard !next.isEmpty, next.count % record == 0 else {
        throw FileError(
          path,
          problem: "it has \(next.count) bytes, expected a multiple of \(record); download the "
            + "binary version of \(description.name) again")
      }
      bytes += next
    }
    let labels = stride(from: labelBytes - 1, to: bytes.count, by: record).map { Int(bytes[$0]) }
    return try Dataset(
      description, pixels: .bytes(bytes, offset: labelBytes, stride: record), labels: labels,
      indices: Array(labels.indices), files: paths)
  }
}

/// How much of a file is believed.
enum FileSize {
  /// More bytes than any of the known sets has; keeps a decompression bomb from taking all memory.
  static let limit = 1 << 34
}
