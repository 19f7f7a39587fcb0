internal import Foundation
import Synchronization

/// The folder of one run, owned by one process at a time.
///
/// A lock keeps other processes out; where the file system keeps no locks, a file that names the
/// owner does, and who finds another's name in it stops before it writes.
public final class RunFolder: Sendable {
  /// The folder.
  public let path: String
  private let lock: FileLock?
  private let owner: RunOwner
  private let lastLook: Mutex<ContinuousClock.Instant?>

  /// How the lock file is taken; told apart so that tests see what file systems without locks do.
  enum Locking {
    case bySystem
    case absent
  }

  private init(_ path: String, _ locking: Locking, as owner: RunOwner) throws(FileError) {
    self.path = path
    self.owner = owner
    lastLook = Mutex(nil)
    lock =
      switch locking {
      case .bySystem: try FileLock(taking: path + "/lock")
      case .absent: try FileLock(openingOnly: path + "/lock")
      }
    try takeOwnership(isLocked: lock?.isKept ?? false)
  }

  deinit {
    let file = OwnerFile(in: path)
    if lock != nil, file.read() == owner { file.remove() }
  }

  /// Opens a folder for a run, making it when absent, and checks that it holds nothing else.
  ///
  /// - Parameters:
  ///   - path: of the folder.
  ///   - settings: of the run.
  /// - Returns: the folder, this process's until the value is gone, and the settings that stand in
  ///   it, which may be written otherwise but give the same results.
  /// - Throws: ``FileError`` when it cannot be made, is in use, or holds another run or other files.
  public static func claim<Settings: RunIdentity>(
    _ path: String, for settings: Settings
  ) throws(FileError) -> (folder: RunFolder, settings: Settings) {
    try claim(path, for: settings, locking: .bySystem, as: .here())
  }

  static func claim<Settings: RunIdentity>(
    _ path: String, for settings: Settings, locking: Locking, as owner: RunOwner
  ) throws(FileError) -> (folder: RunFolder, settings: Settings) {
    do throws(FileError) { try Folder.make(path) } catch {
      throw FileError(
        path, kind: .unwritable,
        problem: "\(error.problem), or choose another \(Settings.folderOption)")
    }
    // Before anything is written, and again when nobody else can write any more.
    _ = try known(in: path, for: settings)
    let folder = try RunFolder(path, locking, as: owner)
    folder.sweep()
    if let known = try known(in: path, for: settings) { return (folder, known) }
    guard let text = try? jsonText(of: settings) else {
      preconditionFailure("settings hold finite numbers only")
    }
    try AtomicFile.write(text, to: path + "/run.json")
    return (folder, settings)
  }

  /// Whether a folder holds a run and this very one.
  ///
  /// - Parameters:
  ///   - settings: of the run.
  ///   - path: of the folder, which need not exist.
  /// - Returns: whether ``claim(_:for:)`` would continue it.
  public static func holds<Settings: RunIdentity>(_ settings: Settings, at path: String) -> Bool {
    guard let known: Settings = try? self.settings(in: path) else { return false }
    return settings.difference(from: known) == nil
  }

  /// Opens the folder of a run that exists, to read it.
  ///
  /// - Parameters:
  ///   - path: of the folder.
  ///   - type: what its settings are.
  /// - Returns: the folder, which nobody writes until the value is gone, and the settings in it.
  /// - Throws: ``FileError`` when it holds no run or is being written.
  public static func reading<Settings: RunIdentity>(
    _ path: String, _ type: Settings.Type
  ) throws(FileError) -> (folder: RunFolder, settings: Settings) {
    guard let settings: Settings = try settings(in: path) else {
      throw FileError(path, kind: .missing, problem: "holds no run: there is no run.json")
    }
    return (try RunFolder(reading: path), settings)
  }

  private init(reading path: String) throws(FileError) {
    self.path = path
    owner = .here()
    lastLook = Mutex(nil)
    // An archive has no lock, or one that cannot be opened.
    if access(path + "/lock", R_OK) == 0 {
      _ = try FileLock(taking: path + "/lock", .withReaders)
    }
    lock = nil
    if let known = OwnerFile(in: path).read(), known.isAlive == true {
      throw Self.isTaken(path, by: known)
    }
  }

  private static func settings<Settings: RunIdentity>(
    in path: String
  ) throws(FileError) -> Settings? {
    let file = path + "/run.json"
    guard try FileContents.exist(at: file) else { return nil }
    let bytes = try FileContents.read(file, limit: 1 << 28)
    do throws(FileError) {
      return try StrictJSON.decode(Settings.self, from: bytes, of: file)
    } catch {
      throw FileError(
        file, error.place,
        problem: "\(error.problem), so that these are not the settings of such a run; choose "
          + "another \(Settings.folderOption)")
    }
  }
}

// MARK: What stands in it

extension RunFolder {
  /// The settings of the same run that stand in a folder; nil in an empty one.
  private static func known<Settings: RunIdentity>(
    in path: String, for settings: Settings
  ) throws(FileError) -> Settings? {
    let names: [String]
    do throws(FileError) { names = try Folder.names(in: path) } catch {
      throw FileError(
        path, kind: .unwritable,
        problem: "\(error.problem), or choose another \(Settings.folderOption)")
    }
    for name in names where isSymbolicLink("\(path)/\(name)") {
      throw FileError(
        "\(path)/\(name)",
        problem: "is a symbolic link; a run's files lie in its folder: put the file itself there, "
          + "or choose another \(Settings.folderOption)")
    }
    if let known: Settings = try self.settings(in: path) {
      guard let difference = settings.difference(from: known) else { return known }
      throw FileError(
        path, problem: "holds another run: \(difference); choose another \(Settings.folderOption)")
    }
    let strangers = names.filter { !isOwn($0) }
    if let first = strangers.first {
      let others = strangers.count > 1 ? " and \(strangers.count - 1) more" : ""
      throw FileError(
        path,
        problem: "is neither empty nor a run's: it holds \(first)\(others) and no run.json; choose "
          + "another \(Settings.folderOption)")
    }
    return nil
  }

  /// Whether a file may stand in a folder that a run was killed in before it wrote its settings.
  private static func isOwn(_ name: String) -> Bool {
    name == "lock" || name == "owner" || AtomicFile.isTemporary(name)
  }

  private static func isSymbolicLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// Deletes what killed processes left half-written.
  private func sweep() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    for name in names where AtomicFile.isTemporary(name) { unlink("\(path)/\(name)") }
  }
}

// MARK: Whose it is

extension RunFolder {
  /// Puts this process's name in, unless a living one's stands there.
  private func takeOwnership(isLocked: Bool) throws(FileError) {
    let file = OwnerFile(in: path)
    let known = file.read()
    if let known {
      let isAlive =
        if let isAlive = known.isAlive { isAlive } else { try file.age() < OwnerFile.patience }
      if isAlive { throw Self.isTaken(path, by: known) }
    }
    let isThere = access(file.path, F_OK) == 0
    guard try file.write(owner, replacing: isThere) else {
      throw Self.isTaken(path, by: file.read() ?? owner)
    }
    if isLocked && (known == nil || known?.isAlive == false) { return }
    // Whoever still writes looks at the file within a second, and stops.
    usleep(1_500_000)
    try look()
  }

  private static func isTaken(_ path: String, by known: RunOwner) -> FileError {
    FileError(
      path, kind: .unwritable,
      problem: "another process is writing this run, number \(known.process) on \(known.host); "
        + "wait for it")
  }

  /// Checks that the folder is still this process's; to be asked before anything is written.
  ///
  /// - Throws: ``FileError`` when another process has taken it or it is gone.
  /// - Complexity: looks at most once a second.
  public func confirm() throws(FileError) {
    let isDue = lastLook.withLock { last in
      if let last, ContinuousClock.now - last < .seconds(1) { return false }
      last = .now
      return true
    }
    if isDue { try look() }
  }

  /// Checks that the folder is still this process's, and shows others that this one is alive.
  func look() throws(FileError) {
    let file = OwnerFile(in: path)
    let found = file.read()
    if found == owner { return file.touch() }
    let problem =
      if let found {
        "process \(found.process) on \(found.host) has taken this run over; what is settled is "
          + "kept there"
      } else if try !FileContents.exist(at: path) {
        "the folder was deleted while the run was writing it; the same command begins anew"
      } else {
        "its file owner is gone, so that another process may be writing it; the same command goes on"
      }
    throw FileError(path, kind: .unwritable, problem: problem)
  }

  /// Does something for as long as the folder is this process's.
  ///
  /// - Parameter body: is cancelled when the folder is lost.
  /// - Throws: what the body throws; ``FileError`` when another process has taken the folder or it
  ///   is gone.
  public func whileOwned(_ body: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup { group in
      group.addTask {
        while true {
          try await Task.sleep(for: .seconds(5))
          try self.look()
        }
      }
      group.addTask(operation: body)
      defer { group.cancelAll() }
      try await group.next()
    }
  }
}
