import Glibc
internal import Foundation

/// A folder that takes the place of another whole, so that one of the two is there at any moment.
public struct FolderReplacement: Sendable {
  /// Where the new folder is made.
  public let partial: String
  private let path: String

  /// Chooses a place beside the folder.
  ///
  /// - Parameter path: of the folder that is to be replaced or made.
  public init(of path: String) {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    // A link stays one; what it leads to is replaced.
    if let real = realpath(path, nil) {
      path = String(cString: real)
      free(real)
    }
    self.path = path
    partial = "\(path).\(Self.machine)-\(getpid()).partial"
  }

  /// Removes what processes of this machine that were killed have left beside the folder.
  public func sweep() {
    let parent = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
    let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    let start = "\(name).\(Self.machine)-"
    for other in (try? Folder.names(in: parent)) ?? []
    where other.hasPrefix(start) && other.hasSuffix(".partial") {
      let process = Int32(other.dropFirst(start.count).prefix { $0.isNumber })
      guard let process, process == getpid() || (kill(process, 0) != 0 && errno == ESRCH) else {
        continue
      }
      try? FileManager.default.removeItem(atPath: parent + other)
    }
  }

  /// Puts the new folder in place and removes the old one, if there is one.
  ///
  /// - Throws: ``FileError`` when it cannot be put there; what was there stays.
  ///
  /// Calls `renameat2` with `RENAME_EXCHANGE`, and where a file system knows no exchange, `rename`
  /// twice.
  public func commit() throws(FileError) {
    if rename(partial, path) == 0 { return }
    guard errno == EEXIST || errno == ENOTEMPTY else { throw failure() }
    if let exchange = Self.exchange {
      if exchange(AT_FDCWD, partial, AT_FDCWD, path, 2) == 0 { return discard() }
      guard errno == EINVAL || errno == ENOSYS else { throw failure() }
    }
    let old = partial.dropLast(".partial".count) + "-old.partial"
    guard rename(path, String(old)) == 0 else { throw failure() }
    guard rename(partial, path) == 0 else {
      let failure = failure()
      rename(String(old), path)
      throw failure
    }
    try? FileManager.default.removeItem(atPath: String(old))
  }

  /// Removes what stands at the place of the partial folder.
  public func discard() { try? FileManager.default.removeItem(atPath: partial) }

  /// `renameat2`, which Swift's view of the C library does not show; the last argument 2 exchanges.
  private static let exchange: Rename? = dlsym(nil, "renameat2").map {
    unsafeBitCast($0, to: Rename.self)
  }
  private typealias Rename =
    @convention(c) (
      Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32
    ) -> Int32

  private func failure() -> FileError {
    FileError(path, kind: .unwritable, problem: systemProblem("cannot be replaced"))
  }

  /// The machine's name as a part of a file's name.
  private static let machine: String = {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let text = String(
      decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }()
}
