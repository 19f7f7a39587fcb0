import CommandLineSupport
import Files
import Graphs
import Pictures
import Training

/// A run with everything that it needs but a folder.
struct PreparedRun {
  let settings: TrainingSettings
  let set: TrainingSet
  let architecture: Architecture
  let model: Model
  let learner: Learner
  let cachesTeacher: Bool
  let progress: ProgressStyle

  /// Trains to the end, or until interrupted, and writes the report.
  ///
  /// Storage and what follows on overfitting are no part of the settings: training does not depend
  /// on them.
  func train(
    in directory: TrainingDirectory, until interruption: Interruption,
    storage: FloatStorage = .single, stopsOnOverfitting: Bool = false
  ) async throws {
    var run = TrainingRun(
      settings, on: set, architecture: architecture, learner: learner, in: directory,
      version: Version.text)
    run.cachesTeacher = cachesTeacher
    run.storage = storage
    run.stopsOnOverfitting = stopsOnOverfitting
    let printer = ProgressPrinter(progress, settings)
    let outcome = try await run.run(shouldStop: { interruption.isAsked || Task.isCancelled }) {
      printer.tell($0)
    }
    let report = TrainingReport(settings, outcome, command: repeatingCommand)
    if let complaint = try report.write(into: directory, drawing: Gnuplot()) {
      StandardError.write(complaint + "\n")
    }
  }
}
