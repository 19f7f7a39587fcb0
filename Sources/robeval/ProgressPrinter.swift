import ArgumentParser
import CommandLineSupport
import Evaluation
import Files
import Foundation
import Synchronization

/// Where progress goes.
enum ProgressStyle: String, ExpressibleByArgument, CaseIterable {
  /// A line that rewrites itself on a terminal, a line now and then elsewhere.
  case auto
  case none
  case json
}

/// Writes progress to standard error, at most a few times a second.
final class ProgressPrinter: Sendable {
  private struct State {
    var progress: RunProgress?
    var lastPrint: ContinuousClock.Instant?
  }

  private let style: ProgressStyle
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let state = Mutex(State())

  init(_ style: ProgressStyle) { self.style = style }

  /// Says what is about to happen and what it may cost.
  func begin(
    _ settings: RunSettings, _ forecast: Forecast, lanes: Int, _ known: [LedgerEntry]
  ) {
    let progress = RunProgress(settings, forecast: forecast, entries: known)
    state.withLock { $0.progress = progress }
    guard style == .auto else { return }
    let perImage = settings.attacks.reduce(0) { $0 + forecast.seconds(for: $1.name) }
    let images = Double(settings.indices.count * settings.radii.count)
    let total = perImage * images / Double(lanes)
    let counts = counted(settings.indices.count, "image")
    write(
      settings.attacks.isEmpty
        ? "\(counts), not attacked\n"
        : "\(counts), \(settings.attackTexts.joined(separator: ", ")): "
          + "at most \(RunProgress.duration(total)) on \(counted(lanes, "lane")), "
          + "less the more images fall\n")
    if let note = settings.datasetNote { write(note + "\n") }
    if !known.isEmpty {
      write("continuing after \(counted(known.count, "settled step"))\n")
    }
  }

  func update(_ entry: LedgerEntry) {
    let line: String? = state.withLock { state in
      state.progress?.add(entry)
      let interval = style == .json || isTerminal ? 0.2 : 10
      guard style != .none, let progress = state.progress,
        state.lastPrint.map({ .now - $0 > .seconds(interval) }) ?? true
      else {
        return nil
      }
      state.lastPrint = .now
      return style == .json ? progress.json + "\n" : progress.line
    }
    guard let line else { return }
    write(style == .json ? line : isTerminal ? "\r\u{1B}[K" + line : line + "\n")
  }

  func end() {
    if style == .auto && isTerminal { write("\r\u{1B}[K") }
  }

  private func write(_ text: String) { StandardError.write(text) }
}
