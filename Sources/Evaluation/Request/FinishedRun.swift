/// A run with everything settled, its result, and its folder, which stays this process's.
public struct FinishedRun: Sendable {
  /// The folder.
  public var path: String { directory.path }
  /// What was found.
  public let result: EvaluationResult
  /// The ledger, in the order in which it was settled.
  public let entries: [LedgerEntry]
  /// The ledger and the images that it speaks of.
  public let journal: Journal

  private let directory: RunDirectory

  /// Brings a run's result together and writes its adversarial images in order, `adversarial.h5`.
  init(
    _ directory: RunDirectory, _ journal: Journal, _ settings: RunSettings,
    gate: AccuracyGate? = nil
  ) async throws {
    self.directory = directory
    self.journal = journal
    entries = await journal.entries
    result = EvaluationResult(
      settings: settings, entries: entries,
      versions: ["robeval": ProgramVersion.text, "backend": settings.backend],
      probe: try ProbeFindings.read(from: directory.path), gate: gate)
    try await AdversarialFile.write(
      to: directory.path + "/adversarial.h5", from: journal, settings: settings)
  }
}
