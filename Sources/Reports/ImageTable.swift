public import Evaluation
internal import Execution

/// What became of one image.
struct ImageRow {
  enum Outcome: String, CaseIterable {
    /// Classified correctly and never fooled.
    case robust
    /// Classified correctly; nothing attacked, or not everything yet.
    case correct
    case fooled
    /// Misclassified as it is.
    case wrong
  }

  let index: Int
  let label: Int
  let cleanPredicted: Int
  let cleanMargin: Double
  let outcome: Outcome
  let fooled: LedgerEntry?
  let own: [LedgerEntry]

  var fooledBy: String? { fooled?.attack }
  var adversarialClass: Int? { fooled?.predicted }
  var distance: Double? { fooled?.distance }
  var adversarialMargin: Double? { fooled?.margin }
}

/// One line an image, in comma-separated values: `results.csv`.
public struct ImageTable: Sendable {
  private let result: EvaluationResult
  private let entries: [LedgerEntry]

  /// Creates the table of a run.
  ///
  /// - Parameters:
  ///   - result: of the run.
  ///   - entries: the ledger.
  public init(_ result: EvaluationResult, entries: [LedgerEntry]) {
    self.result = result
    self.entries = entries
  }

  /// The images in order of their indices.
  var rows: [ImageRow] {
    let robust = result.isAttacked ? Set(result.robustIndices) : []
    return Dictionary(grouping: entries, by: \.index).sorted { $0.key < $1.key }.compactMap {
      index, own in
      guard let clean = own.first(where: { $0.attack == LedgerEntry.clean }) else { return nil }
      let fooled = own.first { $0.outcome == .fooled }
      let outcome: ImageRow.Outcome =
        if clean.outcome == .wrong {
          .wrong
        } else if fooled != nil {
          .fooled
        } else {
          robust.contains(index) ? .robust : .correct
        }
      return ImageRow(
        index: index, label: clean.label, cleanPredicted: clean.predicted,
        cleanMargin: clean.margin, outcome: outcome, fooled: fooled, own: own)
    }
  }

  /// The table with a header line; fields contain no commas.
  ///
  /// The last two are the radius within which an image was fooled and the distance of the nearest
  /// misclassified image that FAB came across.
  public var text: String {
    var lines = [
      "index,label,clean_predicted,clean_margin,robust,fooled_by,adversarial_predicted,distance,"
        + "margin,forwards,backwards,fooled_within,fab_distance"
    ]
    lines += rows.map { fields(of: $0).joined(separator: ",") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func fields(of row: ImageRow) -> [String] {
    var fields: [String] = [
      "\(row.index)", "\(row.label)", "\(row.cleanPredicted)", "\(row.cleanMargin)",
      !result.isAttacked ? "not attacked" : row.outcome == .robust ? "1" : "0",
    ]
    if let fooled = row.fooled {
      fields += [
        fooled.attack, "\(fooled.predicted)", "\(fooled.distance)", "\(fooled.margin)",
      ]
    } else {
      fields += ["", "", "", ""]
    }
    fields.append("\(row.own.reduce(0) { $0 + $1.passes.forwards })")
    fields.append("\(row.own.reduce(0) { $0 + $1.passes.backwards })")
    let nearest = row.own.compactMap(\.boundaryDistance).min()
    return fields + [row.fooled?.eps ?? "", nearest.map { "\($0)" } ?? ""]
  }
}
