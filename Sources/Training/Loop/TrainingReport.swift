internal import Files
public import Pictures

/// What a run did, for readers.
public struct TrainingReport: Sendable {
  private let settings: TrainingSettings
  private let progress: RunProgress
  private let command: String

  /// Creates a report.
  ///
  /// - Parameters:
  ///   - settings: what decided the run.
  ///   - progress: what its epochs were like.
  ///   - command: what repeats the run.
  public init(_ settings: TrainingSettings, _ progress: RunProgress, command: String) {
    self.settings = settings
    self.progress = progress
    self.command = command
  }

  /// The report in Markdown.
  public var markdown: String {
    let recipe = settings.recipe
    let best = progress.best.map {
      "`best.h5` is of epoch \($0.epoch), the best of all on the held-out training images.\n"
    }
    return """
      # \(settings.title) on \(settings.architecture), \(settings.dataset)

      \(counted(recipe.allEpochs, "epoch")), batches of \(recipe.batchSize), seed \(settings.seed), \
      augmentation \(settings.augmentation.rawValue)\(mixture), weights \(settings.averaging.text)\(division).
      \(best ?? "")\(falls)
      Accuracies here are on images held out of training and under PGD-10 only; they choose a
      checkpoint and are no measure of robustness: attack `final.h5` with `robeval` for that.

      ![Learning curves](curves.svg)

      Drawn by `gnuplot curves.gp` from `curves.csv`.

      ```
      \(command)
      ```

      \(table)
      ## Settings

      ```json
      \(settings.json)```

      """
  }

  private var mixture: String {
    settings.cutMix.map { " and CutMix with α \($0.alpha)" } ?? ""
  }

  private var division: String { settings.division.map { "; " + $0.text } ?? "" }

  /// What was noticed of catastrophic overfitting, a paragraph each.
  private var falls: String {
    (progress.watch?.falls ?? []).map { "\n**Noticed:** \($0.text).\n" }.joined()
  }

  private var table: String {
    let rows = progress.history.map { record in
      let shares = [
        record.trainClean, record.trainRobust, record.heldOutClean, record.heldOutRobust,
      ].map { $0.map(percent) ?? "" }
      return "| \(record.epoch) | \(rounded(record.loss)) | \(shares.joined(separator: " | ")) |"
    }
    let head = "| epoch | loss | train | train, perturbed | held out | held out, PGD-10 |"
    return ([head, "|---|---|---|---|---|---|"] + rows).joined(separator: "\n") + "\n"
  }

  private func rounded(_ number: Double) -> String { "\((number * 10_000).rounded() / 10_000)" }
}

extension TrainingReport {
  /// Writes `training.md` and the learning curves: data, script, and the picture where it is drawn.
  ///
  /// - Parameters:
  ///   - directory: the run's.
  ///   - gnuplot: what draws; nil leaves data and script undrawn.
  /// - Returns: why nothing was drawn, of which training is no worse; nil where all was.
  /// - Throws: `FileError` when a file cannot be written.
  public func write(into directory: TrainingDirectory, drawing gnuplot: Gnuplot?) throws -> String?
  {
    let picture = LearningCurves(progress.history, title: settings.title).picture
    var complaint: String?
    try directory.write {
      let stem = directory.path + "/" + picture.name
      try AtomicFile.write(picture.data, to: stem + ".csv")
      try AtomicFile.write(picture.script(), to: stem + ".gp")
      try AtomicFile.write(markdown, to: directory.reportPath)
      complaint = picture.draw(by: gnuplot, in: directory.path)
    }
    return complaint
  }
}
