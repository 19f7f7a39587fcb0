import ArgumentParser
import CommandLineSupport
import Foundation
import Synchronization
import Training

/// Where progress goes.
enum ProgressStyle: String, ExpressibleByArgument, CaseIterable {
  /// A line that rewrites itself on a terminal, a line now and then elsewhere.
  case auto
  case none
  case json
}

/// Writes progress to standard error, at most a few times a second.
final class ProgressPrinter: Sendable {
  private let style: ProgressStyle
  private let settings: TrainingSettings
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let lastPrint = Mutex<ContinuousClock.Instant?>(nil)

  init(_ style: ProgressStyle, _ settings: TrainingSettings) {
    self.style = style
    self.settings = settings
  }

  func tell(_ event: TrainingRun.Event) {
    if style == .none { return }
    switch event {
    case .resumed(let epoch, let step):
      if style == .auto { write("continuing in epoch \(epoch) after \(step) steps\n") }
    case .notice(let sentence):
      if style == .auto { write(sentence + "\n") }
    case .step(let progress, let report, let steps):
      let interval = isTerminal || style == .json ? 0.5 : 20
      let isDue = lastPrint.withLock { last in
        guard last.map({ .now - $0 > .seconds(interval) }) ?? true else { return false }
        last = .now
        return true
      }
      if isDue { write(line(progress, report, of: steps)) }
    case .epoch(let record):
      write(style == .json ? json(record) : (isTerminal ? "\r\u{1B}[K" : "") + line(record))
    }
  }

  private func line(_ progress: RunProgress, _ report: StepReport, of steps: Int) -> String {
    let record = EpochRecord(
      epoch: progress.epoch, sums: progress.sums, learningRate: 0, radius: 0)
    let epochs = settings.recipe.allEpochs
    let left = Double((epochs - progress.epoch + 1) * steps - progress.step)
    let seconds = left * progress.sums.seconds / Double(max(progress.step, 1))
    if style == .json {
      return "{\"epoch\":\(progress.epoch),\"step\":\(progress.step),\"steps\":\(steps),"
        + "\"loss\":\(report.loss),\"images_per_second\":\(record.imagesPerSecond),"
        + "\"seconds_left\":\(seconds)}\n"
    }
    let text =
      "epoch \(progress.epoch)/\(epochs), step \(progress.step)/\(steps), \(losses(record)), "
      + "\(Int(record.imagesPerSecond)) images/s, \(duration(seconds)) left"
    return isTerminal ? "\r\u{1B}[K" + text : text + "\n"
  }

  private func line(_ record: EpochRecord) -> String {
    let accuracies = [
      ("train", record.trainClean), ("train PGD", record.trainRobust),
      ("held out", record.heldOutClean), ("held out PGD-10", record.heldOutRobust),
    ].compactMap { name, share in share.map { "\(name) \(decimal(100 * $0, digits: 2)) %" } }
    return "epoch \(record.epoch)/\(settings.recipe.allEpochs) done: \(losses(record)), "
      + (accuracies.isEmpty ? "" : accuracies.joined(separator: ", ") + ", ")
      + "\(Int(record.imagesPerSecond)) images/s\n"
  }

  private func json(_ record: EpochRecord) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = (try? encoder.encode(record)).map { String(decoding: $0, as: UTF8.self) }
    return (text ?? "") + "\n"
  }

  private func losses(_ record: EpochRecord) -> String {
    let parts = record.parts.sorted { $0.key < $1.key }
    let words = parts.map { "\($0.key) \(decimal($0.value, digits: 4))" }
    let sum = "loss \(decimal(record.loss, digits: 4))"
    return words.count > 1 ? "\(sum) (\(words.joined(separator: ", ")))" : sum
  }

  private func write(_ text: String) { StandardError.write(text) }
}

/// Seconds in the largest unit that fits.
func duration(_ seconds: Double) -> String {
  switch seconds {
  case ..<90: "\(Int(seconds.rounded(.up))) s"
  case ..<5400: "\(Int((seconds / 60).rounded(.up))) min"
  default: "\(decimal(seconds / 3600, digits: 1)) h"
  }
}

/// A number with some decimals.
func decimal(_ number: Double, digits: Int) -> String {
  String(format: "%.\(digits)f", number)
}
