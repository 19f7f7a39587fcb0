import Glibc
import Synchronization

/// The bytes of an HDF5 file by address, never beyond its end.
///
/// The HDF5 library itself writes files here but reads none: version 1.10, which distributions
/// ship, overruns buffers on damaged files. So the format is read in Swift, where it cannot.
/// Source: *HDF5 File Format Specification* 3.0.
struct HDF5Source: ~Copyable, Sendable {
  let path: String
  /// The size of the file.
  let size: Int
  /// Where addresses count from.
  var base = 0
  private let file: OpenFile
  /// How many bytes of structure may still be read.
  ///
  /// Each structure is read once, so that a sound file takes no more than its size.
  private let structureLeft: Atomic<Int>
  /// How many bytes of arrays and texts may still be unpacked.
  private let contentsLeft: Atomic<Int>

  init(_ path: String) throws(FileError) {
    try self.init(path, at: 0..<(try FileContents.size(of: path)))
  }

  /// A part of a file, beyond whose end nothing is read.
  init(_ path: String, at range: Range<Int>) throws(FileError) {
    file = try OpenFile(reading: path)
    self.path = path
    size = range.upperBound
    structureLeft = Atomic(2 * size + 1 << 24)
    contentsLeft = Atomic(8 * size + 1 << 28)
  }

  /// Some bytes of the file's structure, in a reader that names a place.
  func reader(
    at address: UInt64, count: some BinaryInteger, _ place: String
  ) throws(FileError) -> ByteReader {
    // However small, each part takes its time.
    let cost = min(Int(clamping: count), size) + 32
    guard structureLeft.subtract(cost, ordering: .relaxed).newValue >= 0 else {
      throw FileError(
        path, place,
        problem: "is damaged: the parts of the file refer to each other so often that reading them "
          + "would not end; write the file anew")
    }
    return try block(at: address, count: count, place)
  }

  /// Takes a part of what whole arrays and texts may unpack to.
  func spend(_ count: Int, _ place: String) throws(FileError) {
    guard contentsLeft.subtract(min(count, 1 << 48), ordering: .relaxed).newValue >= 0 else {
      throw FileError(
        path, place,
        problem: "with it, the file unpacks to more than one of \(size) bytes is trusted with; "
          + "store each array once, and without compression")
    }
  }

  /// Some bytes of an array, in a reader that names a place.
  func block(
    at address: UInt64, count: some BinaryInteger, _ place: String
  ) throws(FileError) -> ByteReader {
    let start = try position(address, count: count, place)
    var bytes = [UInt8](repeating: 0, count: Int(count))
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
      try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: start)
    }
    return ByteReader(bytes, path: path, place: place)
  }

  /// Fills a buffer with the bytes at an address.
  func read(
    into buffer: UnsafeMutableRawBufferPointer, at address: UInt64, _ place: String
  ) throws(FileError) {
    try file.read(into: buffer, at: try position(address, count: buffer.count, place))
  }

  /// Where a part of the file lies, if the file has it.
  func position(
    _ address: UInt64, count: some BinaryInteger, _ place: String
  ) throws(FileError) -> Int {
    guard let address = Int(exactly: address), let count = Int(exactly: count), count >= 0,
      case let (start, overflow) = address.addingReportingOverflow(base), !overflow,
      start <= size, count <= size - start
    else {
      throw FileError(
        path, place,
        problem: "is damaged: \(count) bytes at \(address) lie outside of the file; get it again")
    }
    return start
  }
}

extension OpenFile {
  /// Fills a buffer from a position, whatever other threads read.
  func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(FileError) {
    var done = 0
    while done < buffer.count {
      let got = pread(
        descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, position + done)
      if got > 0 {
        done += got
      } else if got == 0 || errno != EINTR {
        throw FileError(path, kind: .missing, problem: systemProblem("cannot be read to its end"))
      }
    }
  }
}

extension ByteReader {
  /// The marker of an address that leads nowhere.
  static let undefinedAddress = UInt64.max

  /// Requires the four letters that start each structure.
  mutating func expect(_ signature: String) throws(FileError) {
    guard try slice(4).elementsEqual(signature.utf8) else {
      throw malformed("is damaged: a structure \(signature) is not where it should be")
    }
  }

  /// A number of 1 to 8 bytes.
  mutating func number(bytes: Int) throws(FileError) -> UInt64 {
    guard (1...8).contains(bytes) else { throw malformed("has a number of \(bytes) bytes") }
    return try slice(bytes).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
