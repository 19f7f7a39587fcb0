import Glibc

/// A file that is written to piece by piece, each piece reaching the operating system at once.
public final class GrowingFile: Sendable {
  /// Where it is.
  public var path: String { file.path }
  private let file: OpenFile

  /// Opens a file for reading and writing, making it when absent.
  ///
  /// - Parameter path: the file; a symbolic link is refused, because it may lead to someone else's.
  /// - Throws: ``FileError`` when it cannot be written.
  public init(_ path: String) throws(FileError) { file = try OpenFile(growing: path) }

  /// Opens a file for reading only.
  ///
  /// - Parameter path: the file.
  /// - Throws: ``FileError`` when it is missing.
  public init(reading path: String) throws(FileError) { file = try OpenFile(reading: path) }

  /// The bytes it holds.
  ///
  /// Calls `lseek`.
  public var size: Int { Int(lseek(file.descriptor, 0, SEEK_END)) }

  /// Cuts the file and continues at its end.
  ///
  /// Calls `ftruncate` and `lseek`.
  ///
  /// - Parameter count: how many bytes stay.
  /// - Throws: ``FileError`` when that fails.
  public func cut(to count: Int) throws(FileError) {
    guard ftruncate(file.descriptor, off_t(count)) == 0, size == count else {
      throw FileError(
        path, kind: .unwritable, problem: systemProblem("cannot be cut to \(count) bytes"))
    }
  }

  /// Appends all bytes, or none and throws.
  ///
  /// - Parameter bytes: what is appended.
  /// - Throws: ``FileError`` when the disk is full.
  public func append(_ bytes: [UInt8]) throws(FileError) {
    let before = size
    do throws(FileError) {
      try file.write(bytes)
    } catch {
      // A part of it would stand before whatever another lane appends.
      try? cut(to: before)
      throw error
    }
  }

  /// Reads bytes at a place; fewer at the end of the file.
  ///
  /// Calls `pread`.
  ///
  /// - Parameters:
  ///   - count: how many are wanted.
  ///   - offset: where they begin.
  /// - Returns: the bytes.
  public func read(_ count: Int, at offset: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while initialized < count {
        let rest = UnsafeMutableRawBufferPointer(
          UnsafeMutableBufferPointer(rebasing: buffer[initialized..<count]))
        let got = pread(
          file.descriptor, rest.baseAddress, rest.count, off_t(offset + initialized))
        if got < 0 && errno == EINTR { continue }
        if got <= 0 { break }
        initialized += got
      }
    }
  }
}
