import CommandLineSupport
import Files
import Graphs
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
  private var storage = FloatStorage.single
  private var stopsOnOverfitting = false

  init(
    settings: TrainingSettings, set: TrainingSet, architecture: Architecture, model: Model,
    learner: Learner, cachesTeacher: Bool, progress: ProgressStyle
  ) {
    self.settings = settings
    self.set = set
    self.architecture = architecture
    self.model = model
    self.learner = learner
    self.cachesTeacher = cachesTeacher
    self.progress = progress
  }

  /// The run with what training does not depend on.
  func leaving(storage: FloatStorage, stoppingOnOverfitting stops: Bool) -> PreparedRun {
    var run = self
    run.storage = storage
    run.stopsOnOverfitting = stops
    return run
  }

  /// Trains to the end, or until interrupted, and writes the report.
  func train(in directory: TrainingDirectory, until interruption: Interruption) async throws {
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
    try TrainingReport(settings, outcome, command: repeatingCommand).write(into: directory)
  }
}
