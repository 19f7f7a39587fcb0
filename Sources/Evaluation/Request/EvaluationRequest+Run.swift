internal import Datasets
internal import Execution
internal import Files
internal import Tensors

/// What an evaluation tells while it goes on.
public enum EvaluationEvent: Sendable {
  /// Something about the folder that has to be known, in one sentence.
  case notice(String)
  /// The search begins.
  ///
  /// - Parameters:
  ///   - settings: of the run.
  ///   - forecast: what it may cost.
  ///   - known: what the folder knew already.
  case began(settings: RunSettings, forecast: Forecast, known: [LedgerEntry])
  /// Something became known of an image; it is settled.
  case settled(LedgerEntry)
}

extension EvaluationRequest {
  /// Evaluates, or goes on where the folder's run was interrupted.
  ///
  /// The network is asked what a verdict needs, then the images are classified and attacked, and
  /// every step is kept in the folder as soon as it is known. Cancelling the task ends the run with
  /// all of that kept.
  ///
  /// - Parameters:
  ///   - engine: who computes the network.
  ///   - path: of the run's folder; new, empty, or this run's.
  ///   - observer: told what happens, from any lane.
  /// - Returns: the run with its result; of a gate that ended it early, a partial one.
  /// - Throws: `FileError` when the folder is another's or cannot be written; ``EvaluationError``
  ///   when the network's logits are not finite; `BackendError` when it cannot be computed;
  ///   `CancellationError`.
  public func run(
    on engine: SearchEngine, in path: String,
    observer: @escaping @Sendable (EvaluationEvent) -> Void = { _ in }
  ) async throws -> FinishedRun {
    let directory = try RunDirectory(path, settings: try settings(on: engine))
    try sources?.write(into: path)
    let journal = try directory.journal(shape: dataset.shape) { observer(.notice($0)) }
    // As the run began: spelt otherwise, its files would contradict each other.
    let settings = directory.settings
    try await directory.folder.whileOwned {
      try await askProbe(engine, settings, in: path)
      let own = ownPositions
      let forecast = try await Forecast(
        measuring: engine.pool, on: dataset.image(at: own[0]), attacks: attacks, norm: norm)
      observer(.began(settings: settings, forecast: forecast, known: await journal.entries))
      try await EvaluationRun(
        dataset: dataset, positions: own, attacks: attacks, norm: norm, radii: settings.radii,
        seed: seed
      ).run(on: engine.pool, into: journal, until: gate) { observer(.settled($0)) }
    }
    return try await FinishedRun(directory, journal, settings, gate: gate)
  }

  /// Asked once a run, about the whole of it, so that every shard finds the same.
  ///
  /// A run that attacks nothing has nothing to doubt.
  private func askProbe(
    _ engine: SearchEngine, _ settings: RunSettings, in path: String
  ) async throws {
    if try attacks.isEmpty || ProbeFindings.read(from: path) != nil { return }
    let findings = try await NetworkProbe(
      dataset: dataset, positions: positions, norm: norm,
      radius: Float(settings.largestRadius.value)
    ).ask(engine.pool)
    guard findings.lossAfterOneStep.isFinite, findings.spread.isFinite else {
      throw EvaluationError(
        kind: .data, place: settings.model,
        problem: "the network's logits are not finite numbers; check the checkpoint's weights")
    }
    try findings.write(into: path)
  }
}
