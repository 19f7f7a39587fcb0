public import Evaluation
internal import Files

/// Everything that is written of a run for readers, as texts by the names of their files.
///
/// A verification makes them again and compares, so nothing may enter them but what is given here.
public struct RunPages: Sendable {
  /// The form of `log.txt`.
  public enum Log: Sendable {
    /// Of ``AttackLog``.
    case plain
    /// Of ``AutoAttackLog``, which needs the pixels of all images as they stand after the run.
    case autoAttack(PixelRange)
  }

  /// The files that there can be, in the order in which they are written.
  public static let names = [
    "result.json", "report.md", "results.csv", "curve.csv", "model_info.json", "log.txt",
  ]

  /// The texts of those that there are.
  public let texts: [String: String]

  /// Makes the texts.
  ///
  /// A run with several radii also gets `curve.csv`; a partial one gets neither that nor
  /// `model_info.json`, because a leaderboard has no place for what was not measured.
  ///
  /// - Parameters:
  ///   - result: of the run.
  ///   - entries: the ledger.
  ///   - command: what repeats the run.
  ///   - log: the form of the log.
  /// - Throws: `EncodingError` when a number is not finite.
  public init(
    _ result: EvaluationResult, entries: [LedgerEntry], command: String, log: Log = .plain
  ) throws {
    var texts = [
      "result.json": try jsonText(of: result),
      "report.md": MarkdownReport(result, command: command).text,
      "results.csv": ImageTable(result, entries: entries).text,
    ]
    if result.partial == nil {
      texts["model_info.json"] = ModelInfo(result).text
      if result.radii.count > 1 { texts["curve.csv"] = RadiusTables(result).curve }
    }
    texts["log.txt"] =
      switch log {
      case .plain: AttackLog(result).text
      case .autoAttack(let pixels):
        AutoAttackLog(result, entries: entries, pixels: pixels).text
      }
    self.texts = texts
  }
}
