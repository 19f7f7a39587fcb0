import Attacks
import Checkpoints
import Datasets
import Evaluation
import Execution
import Foundation
import Graphs
import OneDNNBackend
import OpenBLASBackend
import Reports
import Tensors

/// The shipped network, or one made from it, attacked on the first images of the built-in sample.
struct RealRun: Sendable {
  let checkpoint: Checkpoint
  let dataset: Dataset
  let attacks: [any Attack]
  let positions: [Int]
  let settings: RunSettings

  static func shippedNetwork() throws -> Checkpoint {
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try ModelReader.read(
      root.appending(path: "checkpoints/cifar10-resnet8-pgdat.h5").path, architecture: nil,
      normalization: nil, dataset: nil)
  }

  private let radii: [Epsilon]

  init(
    _ list: String, eps: String = "8/255", images: Int,
    changing change: (inout Model) throws -> Void = { _ in }
  ) throws {
    var checkpoint = try Self.shippedNetwork()
    try change(&checkpoint.model)
    self.checkpoint = checkpoint
    dataset = try DatasetCatalog.load(name: "cifar10", directory: nil, environment: [:])
    attacks = Array(try AttackList.parse(list, in: .linf))
    positions = Array(0..<images)
    radii = try Epsilon.list(eps, refusingAboveOne: true)
    let dataset = dataset
    settings = RunSettings(
      model: "net.h5", modelSHA256: checkpoint.sha256, architecture: checkpoint.architecture,
      dataset: dataset.name, datasetSHA256: dataset.sha256, datasetNote: nil, norm: .linf,
      eps: radii[0],
      attacks: attacks.map { .init(name: $0.name, settings: $0.settings) }, autoAttackVersion: nil,
      seed: 0, indices: positions.map { dataset.index(at: $0) }, backend: "onednn", notes: []
    ).within(radii)
  }

  /// Runs and writes everything a run writes.
  func settle(in folder: String, lanes: Int = 1, width: Int = 8) async throws -> EvaluationResult {
    let journal = try RunDirectory(folder, settings: settings).journal(shape: dataset.shape)
    let backend = OneDNNBackend()
    let pool = LanePool(
      lanes: lanes, width: width, fast: try backend.compile(checkpoint.model, for: .fast),
      exact: try backend.compile(checkpoint.model, for: .exact),
      prepareThread: { OneDNNBackend.limitThreads() })
    defer { pool.stop() }
    let radius = Float(settings.epsValue)
    let probe = try await NetworkProbe(
      dataset: dataset, positions: Array(0..<32), norm: .linf, radius: radius
    ).ask(pool)
    try probe.write(into: folder)
    try await EvaluationRun(
      dataset: dataset, positions: positions, attacks: attacks, norm: .linf, radii: radii,
      seed: settings.seed
    ).run(on: pool, into: journal) { _ in }
    let entries = await journal.entries
    let result = EvaluationResult(
      settings: settings, entries: entries, versions: ["robeval": "test"], probe: probe)
    try await AdversarialFile.write(
      to: folder + "/adversarial.h5", from: journal, settings: settings)
    try ReportWriter.write(result, entries: entries, into: folder, command: "robeval")
    return result
  }

  func verify(_ folder: String, model: Model? = nil, sha256: String? = nil) throws
    -> VerificationFindings
  {
    try Verification(
      of: try RecordedRun(folder), on: dataset,
      with: try OpenBLASBackend().compile(model ?? checkpoint.model, for: .exact),
      modelSHA256: sha256 ?? checkpoint.sha256
    ).check()
  }
}
