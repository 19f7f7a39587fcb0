public import Files

/// The folder of one training run, owned by one process at a time.
public struct TrainingDirectory: Sendable {
  /// The folder.
  public var path: String { folder.path }
  /// Whose it is.
  public let folder: RunFolder

  /// Opens a folder for a run, making it when absent, and checks that it holds nothing else.
  ///
  /// - Parameters:
  ///   - path: of the folder.
  ///   - settings: of the run.
  /// - Throws: `FileError` when it cannot be made, is in use, or holds another run or other files.
  public init(_ path: String, settings: TrainingSettings) throws(FileError) {
    folder = try RunFolder.claim(path, for: settings).folder
  }

  /// The state of the run so far; nil before its first.
  ///
  /// - Returns: what ``RunState/write(to:)`` wrote last.
  /// - Throws: `FileError` when the file is damaged.
  public func state() throws(FileError) -> RunState? {
    guard try FileContents.exist(at: statePath) else { return nil }
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
