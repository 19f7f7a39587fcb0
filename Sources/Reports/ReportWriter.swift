public import Evaluation
internal import Files

/// Writes everything a reader of a run may want, from the same result.
public enum ReportWriter {
  /// Writes `result.json`, `report.md`, `results.csv`, `model_info.json` and `log.txt` into a run's
  /// folder.
  ///
  /// A run with several radii also gets `curve.csv`; a partial one gets no `model_info.json`.
  ///
  /// - Parameters:
  ///   - result: of the run.
  ///   - entries: the ledger.
  ///   - folder: the run's.
  ///   - command: what repeats the run.
  ///   - log: the text of `log.txt`; by default that of ``AttackLog``.
  /// - Throws: `FileError` when a file cannot be written; files are whole or absent.
  public static func write(
    _ result: EvaluationResult, entries: [LedgerEntry], into folder: String, command: String,
    log: String? = nil
  ) throws {
    try AtomicFile.write(try jsonText(of: result), to: folder + "/result.json")
    try AtomicFile.write(
      MarkdownReport(result, command: command).text, to: folder + "/report.md")
    try AtomicFile.write(
      ImageTable(result, entries: entries).text, to: folder + "/results.csv")
    let curve = RadiusTables(result).curve
    if !curve.isEmpty && result.partial == nil {
      try AtomicFile.write(curve, to: folder + "/curve.csv")
    }
    // A leaderboard has no place for what was not measured.
    if result.partial == nil {
      try AtomicFile.write(ModelInfo(result).text, to: folder + "/model_info.json")
    }
    try AtomicFile.write(log ?? AttackLog(result).text, to: folder + "/log.txt")
  }
}
