public import Files
internal import Foundation

/// The folder of one training run, owned by one process at a time.
public struct TrainingDirectory: Sendable {
  /// The folder.
  public let path: String
  private let lock: FileLock

  /// Opens a folder for a run, making it when absent, and checks that it holds no other run.
  ///
  /// - Parameters:
  ///   - path: of the folder.
  ///   - settings: of the run.
  /// - Throws: `FileError` when it cannot be made or is in use; ``TrainingError`` when it holds a
  ///   run with other settings.
  public init(_ path: String, settings: TrainingSettings) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw FileError(
        path, kind: .unwritable, problem: "the folder cannot be made; choose another --output")
    }
    self.path = path
    lock = try FileLock(taking: path + "/lock")
    let file = path + "/run.json"
    guard FileManager.default.fileExists(atPath: file) else {
      try AtomicFile.write(settings.json, to: file)
      return
    }
    let bytes = try FileContents.read(file, limit: 1 << 24)
    guard let known = try? JSONDecoder().decode(TrainingSettings.self, from: Data(bytes)) else {
      throw FileError(file, problem: "is not a training run's; choose another --output")
    }
    if let difference = settings.difference(from: known) {
      throw TrainingError(
        kind: .data, place: path,
        problem: "holds another run: \(difference); choose another --output")
    }
  }

  /// The state of the run so far; nil before its first.
  ///
  /// - Returns: what ``RunState/write(to:)`` wrote last.
  /// - Throws: `FileError` when the file is damaged.
  public func state() throws(FileError) -> RunState? {
    guard FileManager.default.fileExists(atPath: statePath) else { return nil }
    return try RunState(reading: statePath)
  }

  /// Where the state is kept.
  public var statePath: String { path + "/last.h5" }
  /// Where the network of the last epoch goes.
  public var finalPath: String { path + "/final.h5" }
  /// Where the network goes that was the most robust on held-out images.
  public var bestPath: String { path + "/best.h5" }
  /// Where the teacher's answers are kept, if they are.
  public var teacherPath: String { path + "/teacher.h5" }
  /// Where the table of epochs goes.
  public var logPath: String { path + "/log.csv" }
  /// Where the report goes.
  public var reportPath: String { path + "/training.md" }
}
