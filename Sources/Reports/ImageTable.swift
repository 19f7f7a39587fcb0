public import Evaluation
internal import Execution

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

  /// The table with a header line; fields contain no commas.
  ///
  /// A run with several radii also says within which an image was fooled, and the distance of the
  /// nearest misclassified image that FAB came across.
  public var text: String {
    var lines = [
      "index,label,clean_predicted,clean_margin,robust,fooled_by,adversarial_predicted,distance,"
        + "margin,forwards,backwards" + (result.radii == nil ? "" : ",fooled_within,fab_distance")
    ]
    let robust = Set(result.robustIndices)
    for (index, own) in Dictionary(grouping: entries, by: \.index).sorted(by: { $0.key < $1.key }) {
      guard let clean = own.first(where: { $0.attack == LedgerEntry.clean }) else { continue }
      let fooled = own.first { $0.outcome == .fooled }
      var fields: [String] = [
        "\(index)", "\(clean.label)", "\(clean.predicted)", "\(clean.margin)",
        !result.isAttacked ? "not attacked" : robust.contains(index) ? "1" : "0",
        fooled?.attack ?? "",
        fooled.map { "\($0.predicted)" } ?? "", fooled.map { "\($0.distance)" } ?? "",
        fooled.map { "\($0.margin)" } ?? "", "\(own.reduce(0) { $0 + $1.passes.forwards })",
        "\(own.reduce(0) { $0 + $1.passes.backwards })",
      ]
      if result.radii != nil {
        let nearest = own.compactMap(\.boundaryDistance).min()
        fields += [fooled?.eps ?? "", nearest.map { "\($0)" } ?? ""]
      }
      lines.append(fields.joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
