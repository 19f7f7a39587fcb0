/// The epochs of a run as comma-separated values.
public struct EpochTable: Sendable {
  private let history: [EpochRecord]

  /// Creates a table.
  ///
  /// - Parameter history: the epochs that ended.
  public init(_ history: [EpochRecord]) { self.history = history }

  /// The names of the columns: the loss's parts stand after the loss.
  public var columns: [String] {
    ["epoch", "learning_rate", "radius", "loss"] + parts + [
      "train_clean", "train_robust", "held_out_clean", "held_out_robust", "seconds",
      "images_per_second",
    ]
  }

  /// The table with a line of names and a line an epoch; what was not measured is left empty.
  public var text: String {
    ([columns] + history.map(cells)).map { $0.joined(separator: ",") + "\n" }.joined()
  }

  private var parts: [String] { Set(history.flatMap(\.parts.keys)).sorted() }

  private func cells(_ record: EpochRecord) -> [String] {
    let parts = parts.map { record.parts[$0] }
    let numbers: [Double?] =
      [record.learningRate, record.radius, record.loss] + parts + [
        record.trainClean, record.trainRobust, record.heldOutClean, record.heldOutRobust,
        record.seconds, record.imagesPerSecond,
      ]
    return ["\(record.epoch)"] + numbers.map { $0.map { "\($0)" } ?? "" }
  }
}
