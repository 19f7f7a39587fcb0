public import Files

/// The folder of one training run, owned by one process at a time.
public struct TrainingDirectory: Sendable {
  /// The folder.
  public let path: String
  /// Whose it is; nil for a rank that only reads.
  private let folder: RunFolder?

  /// Opens a folder for a run, making it when absent, and checks that it holds nothing else.
  ///
  /// - Parameters:
  ///   - path: of the folder.
  ///   - settings: of the run.
  /// - Throws: `FileError` when it cannot be made, is in use, or holds another run or other files.
  public init(_ path: String, settings: TrainingSettings) throws(FileError) {
    self.path = path
    folder = try RunFolder.claim(path, for: settings).folder
  }

  /// Follows a run whose folder rank 0 has opened; nothing is written.
  ///
  /// - Parameter path: of the folder.
  public init(following path: String) {
    self.path = path
    folder = nil
  }

  /// Does something while other processes are kept out, by the rank that writes.
  ///
  /// - Parameter body: what is done.
  /// - Throws: what the body throws.
  public func whileOwned(
    _ body: @escaping @Sendable () async throws -> Void
  ) async throws {
    if let folder { try await folder.whileOwned(body) } else { try await body() }
  }

  /// Writes files into the folder, which must still be this run's; other ranks than 0 do not.
  ///
  /// - Parameter body: writes.
  /// - Throws: `FileError` when the folder was taken over, or what the body throws.
  func write(_ body: () throws -> Void) throws {
    guard let folder else { return }
    try folder.confirm()
    try body()
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
