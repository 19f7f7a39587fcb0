public import Evaluation

/// What attacking some images anew showed, for a terminal.
public struct ReattackText: Sendable {
  private let reattack: Reattack

  /// Creates the text of a comparison in which nothing that rounding cannot explain was found.
  ///
  /// - Parameter reattack: after its attacks.
  public init(_ reattack: Reattack) { self.reattack = reattack }

  /// The lines, without a final newline.
  public var text: String {
    let (total, others) = (reattack.indices.count, reattack.differences.count)
    return
      ([
        "attacked anew: \(total) images (--reattack-seed \(reattack.choice)), "
          + "\(total - others) end as in the run"
      ]
      + reattack.differences.map {
        "image \($0.index): \($0.recorded) in the run, \($0.found) here, where another library or "
          + "machine rounds otherwise"
      }).joined(separator: "\n")
  }
}
