import CZlib

/// Reading files that may be compressed with gzip.
public enum GzipReader {
  /// The bytes of a file, decompressed if it starts like a gzip file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - limit: more bytes than this, compressed or not, are refused.
  /// - Returns: the plain bytes.
  /// - Throws: ``FileError`` when the file is missing, damaged or larger than the limit.
  ///
  /// Calls `inflate`.
  public static func readMaybeGzipped(
    _ path: String, limit: Int
  ) throws(FileError) -> [UInt8] {
    let bytes = try FileContents.read(path, limit: limit)
    guard bytes.starts(with: [0x1f, 0x8b]) else { return bytes }
    var plain: [UInt8] = []
    try Inflation(path: path, place: nil, format: .gzip).run(bytes, limit: limit) {
      plain.append(contentsOf: $0)
    }
    return plain
  }
}

extension GzipReader {
  /// The plain bytes of data that zlib compressed.
  ///
  /// - Parameters:
  ///   - packed: the data with zlib's header.
  ///   - limit: more is refused.
  ///   - path: the file they are from, for messages.
  ///   - place: the part of the file, for messages.
  /// - Returns: the bytes.
  /// - Throws: ``FileError`` when the data are damaged or become too large.
  public static func inflated(
    _ packed: [UInt8], limit: Int, path: String, place: String?
  ) throws(FileError) -> [UInt8] {
    var plain: [UInt8] = []
    try Inflation(path: path, place: place, format: .zlib).run(packed, limit: max(0, limit)) {
      plain.append(contentsOf: $0)
    }
    return plain
  }
}

/// One bounded decompression.
struct Inflation {
  enum Format: Int32 {
    case zlib = 15
    case gzip = 31
    /// Without a header and a checksum, as in zip files.
    case raw = -15
  }

  var path: String
  var place: String?
  var format: Format

  /// Hands over the plain bytes in blocks; never more than the limit, nor more memory than a block.
  ///
  /// - Returns: the number of plain bytes.
  @discardableResult
  func run(
    _ compressed: [UInt8], limit: Int, _ consume: (UnsafeRawBufferPointer) -> Void
  ) throws(FileError) -> Int {
    guard let size = UInt32(exactly: compressed.count) else {
      throw FileError(path, place, problem: "its compressed part is larger than 4 GiB")
    }
    var stream = z_stream()
    guard
      inflateInit2_(&stream, format.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        == Z_OK
    else { throw FileError(path, place, problem: "zlib cannot start") }
    defer { inflateEnd(&stream) }
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
    defer { block.deallocate() }
    return try compressed.withUnsafeBufferPointer { (input) throws(FileError) -> Int in
      // zlib promises not to write to its input, though its interface takes a mutable pointer.
      stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      stream.avail_in = size
      return try drain(&stream, through: block, limit: limit, consume)
    }
  }

  private func drain(
    _ stream: inout z_stream, through block: UnsafeMutableRawBufferPointer, limit: Int,
    _ consume: (UnsafeRawBufferPointer) -> Void
  ) throws(FileError) -> Int {
    var total = 0
    while true {
      stream.next_out = block.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.avail_out = UInt32(block.count)
      let status = inflate(&stream, Z_NO_FLUSH)
      let count = block.count - Int(stream.avail_out)
      guard status == Z_OK || status == Z_STREAM_END else {
        throw FileError(path, place, problem: "its compressed data are damaged or cut off")
      }
      total += count
      guard total <= limit else {
        throw FileError(path, place, problem: "it decompresses to more than \(limit) bytes")
      }
      consume(UnsafeRawBufferPointer(rebasing: block[..<count]))
      if status == Z_STREAM_END {
        guard format == .gzip, stream.avail_in > 0 else { return total }
        inflateReset(&stream)
      }
    }
  }
}
