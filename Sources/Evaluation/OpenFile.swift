internal import Files
internal import Foundation

/// A file that is written to piece by piece, each piece reaching the operating system at once.
final class OpenFile: Sendable {
  let path: String
  private let descriptor: Int32

  /// Opens a file for reading and writing, making it when absent.
  ///
  /// Calls `open`.
  init(_ path: String) throws(FileError) {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw failure("cannot be written") }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The bytes it holds.
  ///
  /// Calls `lseek`.
  var size: Int { Int(lseek(descriptor, 0, SEEK_END)) }

  /// Takes the file for this process alone, if nobody has it.
  ///
  /// Calls `flock`.
  func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

  /// Cuts the file and continues at its end.
  ///
  /// Calls `ftruncate` and `lseek`.
  func cut(to count: Int) throws(FileError) {
    guard ftruncate(descriptor, off_t(count)) == 0, size == count else {
      throw failure("cannot be cut to \(count) bytes")
    }
  }

  /// Appends all bytes or throws.
  ///
  /// Calls `write`.
  func append(_ bytes: [UInt8]) throws(FileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure("cannot be written") }
      rest = rest.dropFirst(count)
    }
  }

  /// Reads bytes at a place; fewer at the end of the file.
  ///
  /// Calls `pread`.
  func read(_ count: Int, at offset: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = max(0, pread(descriptor, buffer.baseAddress, count, off_t(offset)))
    }
  }

  private func failure(_ problem: String) -> FileError {
    FileError(
      path, kind: .unwritable, problem: "\(problem): \(String(cString: strerror(errno)))")
  }
}
