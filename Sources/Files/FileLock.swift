import Glibc

/// A file that one process at a time may hold.
final class FileLock: Sendable {
  /// Who may hold the file beside this process.
  enum Sharing {
    /// Nobody.
    case alone
    /// Others that read as well.
    case withReaders
  }

  private let descriptor: Int32
  /// Whether the file system keeps locks at all; some that are shared between machines do not.
  let isKept: Bool

  /// Takes a file; it is given back when this value or the process ends.
  ///
  /// - Parameters:
  ///   - path: the file; it is made when absent by who wants it alone.
  ///   - sharing: who may hold it as well.
  /// - Throws: ``FileError`` when it cannot be made or another process holds it.
  ///
  /// Calls `flock`.
  init(taking path: String, _ sharing: Sharing = .alone) throws(FileError) {
    let flags = sharing == .alone ? O_RDWR | O_CREAT : O_RDONLY
    descriptor = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else {
      throw FileError(path, kind: .unwritable, problem: systemProblem("cannot be opened"))
    }
    isKept = flock(descriptor, (sharing == .alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0
    guard isKept || errno != EWOULDBLOCK else { throw Self.isTaken(path) }
  }

  /// Opens a file without locking it, as on a file system that keeps no locks.
  init(openingOnly path: String) throws(FileError) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else {
      throw FileError(path, kind: .unwritable, problem: systemProblem("cannot be opened"))
    }
    isKept = false
  }

  private static func isTaken(_ path: String) -> FileError {
    FileError(
      path, kind: .unwritable, problem: "another process is writing this run; wait for it")
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
