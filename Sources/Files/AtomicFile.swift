import Glibc
import Synchronization

/// Files that appear whole or not at all.
public enum AtomicFile {
  private static let counter = Atomic<Int>(0)

  /// Replaces a file's contents: a reader sees the old bytes or the new ones, even after a crash.
  ///
  /// - Parameters:
  ///   - bytes: the new contents.
  ///   - path: the file, existing or not.
  /// - Throws: ``FileError`` when the folder is missing, full or not writable.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let temporary = temporaryName(beside: path)
    do throws(FileError) {
      let file = try OpenFile(creating: temporary)
      try file.write(bytes)
      try file.synchronize()
    } catch {
      unlink(temporary)
      throw FileError(path, kind: .unwritable, problem: error.problem)
    }
    try replace(path, with: temporary)
  }

  /// Replaces a file's contents by text in UTF-8.
  ///
  /// - Parameters:
  ///   - text: the new contents.
  ///   - path: the file, existing or not.
  /// - Throws: ``FileError`` when the folder is missing, full or not writable.
  public static func write(_ text: String, to path: String) throws(FileError) {
    try write(Array(text.utf8), to: path)
  }

  /// A name in the same folder, so that renaming stays within one file system.
  static func temporaryName(beside path: String) -> String {
    let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
    return "\(path).\(getpid())-\(number).partial"
  }

  /// Whether a file name, without its folder, is one that ``temporaryName(beside:)`` gives.
  static func isTemporary(_ name: String) -> Bool {
    name.wholeMatch(of: /.+\.[0-9]+-[0-9]+\.partial/) != nil
  }

  /// Renames a finished temporary file to its final name, and deletes it where that fails.
  static func replace(_ path: String, with temporary: String) throws(FileError) {
    guard rename(temporary, path) == 0 else {
      let problem = systemProblem("cannot be replaced")
      unlink(temporary)
      throw FileError(path, kind: .unwritable, problem: problem)
    }
    // The rename itself lasts only once the folder is on disk; not every file system can tell.
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    if let folder = try? OpenFile(reading: folder) { fsync(folder.descriptor) }
  }
}
