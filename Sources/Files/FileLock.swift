import Glibc

/// A file that one process at a time may hold.
public final class FileLock: Sendable {
  private let descriptor: Int32

  /// Takes a file, making it when absent; it is given back when this value or the process ends.
  ///
  /// - Parameter path: the file.
  /// - Throws: ``FileError`` when it cannot be made or another process holds it.
  ///
  /// Calls `flock`.
  public init(taking path: String) throws(FileError) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw FileError(path, kind: .unwritable, problem: systemProblem("cannot be created"))
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw FileError(
        path, kind: .unwritable, problem: "another process is writing this run; wait for it")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
