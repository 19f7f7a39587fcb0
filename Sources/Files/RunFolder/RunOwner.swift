internal import Foundation
import Synchronization

/// Who writes a run's folder, as its file `owner` tells it.
///
/// File systems that are shared between machines may keep no locks, or keep them on one machine
/// only; this file is seen by all of them.
struct RunOwner: Codable, Hashable, Sendable {
  /// The machine's name, for people.
  var host: String
  /// The machine since its last start and, on it, the name space of process numbers.
  var machine: String
  /// The process.
  var process: Int
  /// When the process began, so that its number is not taken for another's.
  var started: String
  /// Tells the folders apart that one process opens, one after the other.
  var opening: Int

  private static let openings = Atomic<Int>(0)

  /// This process.
  static func here() -> RunOwner {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let process = Int(getpid())
    return RunOwner(
      host: String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self),
      machine: thisMachine, process: process, started: start(of: process) ?? "",
      opening: openings.wrappingAdd(1, ordering: .relaxed).newValue)
  }

  /// Whether the process is alive; nil where it is on another machine and cannot be seen.
  var isAlive: Bool? {
    machine == Self.thisMachine ? Self.start(of: process) == started : nil
  }

  private static let thisMachine: String = {
    let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
    let space = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
    return (boot ?? "").trimmingCharacters(in: .whitespacesAndNewlines) + " " + (space ?? "")
  }()

  /// The clock tick at which a process began; nil where there is none.
  private static func start(of process: Int) -> String? {
    let file = "/proc/\(process)/stat"
    guard let text = try? String(contentsOfFile: file, encoding: .utf8),
      // The name before it is in brackets and may hold anything.
      let end = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    // Field 22 of proc(5), where the state after the name is field 3; a zombie has ended.
    guard fields.count > 19, fields[0] != "Z" else { return nil }
    return String(fields[19])
  }
}

/// The file `owner` of a folder.
struct OwnerFile: Sendable {
  /// A foreign process is taken for gone when it has not shown itself for so many seconds.
  static let patience = 60

  let path: String

  init(in folder: String) { path = folder + "/owner" }

  /// What the file says; nil when it is absent or half-written.
  func read() -> RunOwner? {
    guard let bytes = try? FileContents.read(path, limit: 1 << 16) else { return nil }
    return try? JSONDecoder().decode(RunOwner.self, from: Data(bytes))
  }

  /// Puts a name in.
  ///
  /// - Parameters:
  ///   - owner: the name.
  ///   - isReplacing: whether the name of one who is gone stands there; else it must be absent.
  /// - Returns: whether it was put in; false where somebody else's has come in between.
  /// - Throws: ``FileError`` when the folder cannot be written.
  ///
  /// Calls `link`, which only one of two machines at once succeeds with.
  func write(_ owner: RunOwner, replacing isReplacing: Bool) throws(FileError) -> Bool {
    guard let text = try? jsonText(of: owner) else {
      preconditionFailure("an owner holds text and whole numbers")
    }
    let draft = AtomicFile.temporaryName(beside: path)
    try AtomicFile.write(text, to: draft)
    if !isReplacing {
      defer { unlink(draft) }
      if link(draft, path) == 0 { return true }
      if errno == EEXIST { return false }
    }
    // Some file systems have no links.
    try AtomicFile.write(text, to: path)
    return true
  }

  /// Shows that the owner is alive.
  ///
  /// Calls `utimensat`.
  func touch() { utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW) }

  func remove() { unlink(path) }

  /// Seconds since its owner showed itself, by the clock of the machine that keeps the files.
  func age() throws(FileError) -> Int {
    let probe = AtomicFile.temporaryName(beside: path)
    defer { unlink(probe) }
    _ = try OpenFile(creating: probe)
    guard let now = Self.changed(probe), let then = Self.changed(path) else { return .max }
    return now - then
  }

  private static func changed(_ path: String) -> Int? {
    var status = stat()
    return lstat(path, &status) == 0 ? Int(status.st_mtim.tv_sec) : nil
  }
}
