public import Evaluation
internal import Datasets
internal import Files
internal import Foundation

/// The accuracies under common corruptions as Markdown, CSV and JSON.
public struct CorruptionReport: Sendable {
  private let result: CorruptionResult
  private let command: String

  /// Describes a result.
  ///
  /// - Parameters:
  ///   - result: what is reported.
  ///   - command: what repeats it.
  public init(_ result: CorruptionResult, command: String) {
    self.result = result
    self.command = command
  }

  /// One line: the mean over corruptions and severities with its interval.
  public var summary: String {
    guard let accuracy = result.accuracy else {
      return "none of the fifteen corruptions that count was measured"
    }
    let interval = result.interval.map {
      " (95 %: \(percent($0.lowerBound)) to \(percent($0.upperBound)))"
    }
    let missing = CorruptionFolder.counted.filter { result.accuracy(of: $0) == nil }
    return "corruptions: \(percent(accuracy))\(interval ?? "")"
      + (result.meanCorruptionError.map { ", mCE \(percent($0))" } ?? "")
      + (missing.isEmpty ? "" : "; without \(missing.joined(separator: ", "))")
  }

  /// A table, a row a corruption.
  public var markdown: String {
    let settings = result.settings
    let names = settings.corruptions.filter { result.accuracy(of: $0) != nil }
    let rows = names.map { name in
      let cells = result.cells.filter { $0.corruption == name }.map { percent($0.accuracy.value) }
      let isCounted = CorruptionFolder.counted.contains(name)
      return "| \(name)\(isCounted ? "" : " (not counted)") | "
        + (cells + [percent(result.accuracy(of: name) ?? 0)]).joined(separator: " | ") + " |"
    }
    return """
      # \(settings.model) under common corruptions of \(settings.dataset)

      \(summary)

      Network \(settings.architecture), `\(settings.modelIdentity)`, computed by \(settings.backend), \
      \(result.cells.first.map { "\($0.correct.utf8.count)" } ?? "no") images of each severity. The mean \
      is over the fifteen corruptions that count and their five severities, as RobustBench's; its interval \
      takes the forms of one image as one draw.

      | corruption | 1 | 2 | 3 | 4 | 5 | mean |
      |---|---|---|---|---|---|---|
      \(rows.joined(separator: "\n"))

      ```
      \(command)
      ```

      """
  }

  /// Accuracies under RobustBench's two header rows: corruption, then severity.
  public var csv: String {
    let cells = result.cells
    func line(_ head: String, _ values: [String]) -> String {
      ([head] + values).joined(separator: ",") + "\n"
    }
    return line("", cells.map(\.corruption)) + line("", cells.map { "\($0.severity)" })
      + line(
        result.settings.architecture, cells.map { String(format: "%.6f", $0.accuracy.value) })
  }

  /// Everything, with RobustBench's fields `corruptions_acc` and `corruptions_mce`.
  ///
  /// - Returns: the text.
  /// - Throws: never for finite numbers.
  public func json() throws -> String {
    try jsonText(of: Page(result, hundredths: Self.hundredths))
  }

  private struct Page: Encodable {
    struct Cell: Encodable {
      var corruption: String
      var severity: Int
      var correct: Int
      var images: Int
    }
    var settings: CorruptionSettings
    var corruptions_acc: String?
    var corruptions_mce: String?
    var interval: [Double]?
    var cells: [Cell]

    init(_ result: CorruptionResult, hundredths: (Double) -> String) {
      settings = result.settings
      corruptions_acc = result.accuracy.map(hundredths)
      corruptions_mce = result.meanCorruptionError.map(hundredths)
      interval = result.interval.map { [$0.lowerBound, $0.upperBound] }
      cells = result.cells.map {
        Cell(
          corruption: $0.corruption, severity: $0.severity, correct: $0.accuracy.count,
          images: $0.accuracy.total)
      }
    }
  }

  /// Per cent without the sign, as RobustBench writes it.
  private static func hundredths(_ value: Double) -> String { String(format: "%.2f", value * 100) }

  private func percent(_ value: Double) -> String { Self.hundredths(value) + " %" }

  /// Writes `report.md`, `results.csv` and `result.json`.
  ///
  /// - Parameter folder: of the run.
  /// - Throws: `FileError` when a file cannot be written.
  public func write(into folder: String) throws {
    try AtomicFile.write(csv, to: folder + "/results.csv")
    try AtomicFile.write(try json(), to: folder + "/result.json")
    try AtomicFile.write(markdown, to: folder + "/report.md")
  }
}
