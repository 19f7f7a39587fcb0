public import Evaluation
internal import Files

/// Writes everything a reader of a run may want, from the same result.
public enum ReportWriter {
  /// Writes ``RunPages`` into a run's folder.
  ///
  /// - Parameters:
  ///   - result: of the run.
  ///   - entries: the ledger.
  ///   - folder: the run's.
  ///   - command: what repeats the run.
  ///   - log: the form of `log.txt`.
  /// - Throws: `FileError` when a file cannot be written; files are whole or absent.
  public static func write(
    _ result: EvaluationResult, entries: [LedgerEntry], into folder: String, command: String,
    log: RunPages.Log = .plain
  ) throws {
    let pages = try RunPages(result, entries: entries, command: command, log: log)
    for name in RunPages.names {
      if let text = pages.texts[name] { try AtomicFile.write(text, to: "\(folder)/\(name)") }
    }
  }
}

extension FinishedRun {
  /// Writes everything a reader of the run may want into its folder.
  ///
  /// - Parameters:
  ///   - command: what repeats the run.
  ///   - log: the form of `log.txt`.
  /// - Throws: `FileError` when a file cannot be written; files are whole or absent.
  public func writePages(command: String, log: RunPages.Log = .plain) throws {
    try ReportWriter.write(result, entries: entries, into: path, command: command, log: log)
  }
}
