public import Datasets
public import Evaluation
internal import Files

/// Writes everything a reader of a run may want, from the same result.
public enum ReportWriter {
  /// Writes ``RunPages`` and ``RunPage`` into a run's folder.
  ///
  /// - Parameters:
  ///   - result: of the run.
  ///   - entries: the ledger.
  ///   - folder: the run's.
  ///   - command: what repeats the run.
  ///   - log: the form of `log.txt`.
  ///   - exhibits: names of classes and images for `report.html`.
  /// - Throws: `FileError` when a file cannot be written; files are whole or absent.
  public static func write(
    _ result: EvaluationResult, entries: [LedgerEntry], into folder: String, command: String,
    log: RunPages.Log = .plain, showing exhibits: Exhibits = .none
  ) throws {
    let pages = try RunPages(result, entries: entries, command: command, log: log)
    for name in RunPages.names {
      if let text = pages.texts[name] { try AtomicFile.write(text, to: "\(folder)/\(name)") }
    }
    let page = RunPage(result, entries: entries, command: command, showing: exhibits)
    try AtomicFile.write(page.text, to: "\(folder)/\(RunPage.name)")
  }
}

extension FinishedRun {
  /// Writes everything a reader of the run may want into its folder.
  ///
  /// - Parameters:
  ///   - command: what repeats the run.
  ///   - log: the form of `log.txt`.
  ///   - dataset: where `report.html` takes names of classes and clean images from; nil for a page
  ///     without them.
  /// - Throws: `FileError` when a file cannot be written; files are whole or absent.
  public func writePages(
    command: String, log: RunPages.Log = .plain, showing dataset: Dataset? = nil
  ) throws {
    let exhibits = try dataset.map {
      try Exhibits(result, entries: entries, from: $0, runIn: path)
    }
    try ReportWriter.write(
      result, entries: entries, into: path, command: command, log: log,
      showing: exhibits ?? .none)
  }
}
