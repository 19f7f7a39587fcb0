import Attacks
import Checkpoints
import Datasets
import Evaluation
import Execution
import Foundation
import OneDNNBackend
import Reports
import Tensors
import Testing

/// The shipped network, attacked on the first images of the built-in sample.
struct SmallRun: Sendable {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let attacks = "apgd-ce(steps=10),apgd-t(steps=10,targets=3)"

  let checkpoint: Checkpoint
  private let dataset: Dataset
  private let attacks: [any Attack]
  private let positions: [Int]
  let settings: RunSettings

  init(eps: String = "8/255", images: Int = 24) throws {
    let path = Self.root.appending(path: "checkpoints/cifar10-resnet8-pgdat.h5").path
    checkpoint = try ModelReader.read(
      path, architecture: nil, normalization: nil, dataset: nil)
    dataset = try DatasetCatalog.load(name: "cifar10", directory: nil, environment: [:])
    attacks = Array(try AttackList.parse(Self.attacks, in: .linf))
    positions = Array(0..<images)
    let dataset = dataset
    settings = RunSettings(
      model: "cifar10-resnet8-pgdat.h5", modelSHA256: checkpoint.sha256,
      architecture: checkpoint.architecture, dataset: dataset.name, datasetSHA256: dataset.sha256,
      datasetNote: dataset.note, norm: .linf, radii: [try Epsilon(eps, refusingAboveOne: true)],
      attacks: attacks.map { .init(name: $0.name, settings: $0.settings) }, autoAttackVersion: nil,
      seed: 0,
      indices: positions.map { dataset.index(at: $0) }, backend: "onednn", notes: [])
  }

  /// Runs, or goes on with what the folder knows.
  ///
  /// - Returns: what was found, in the order in which it was settled.
  @discardableResult
  func settle(
    in folder: String, lanes: Int = 1, width: Int = 8, until gate: AccuracyGate? = nil,
    observer: @escaping EvaluationRun.Observer = { _ in },
    searchingWith change: (any CompiledNetwork) -> any CompiledNetwork = { $0 }
  ) async throws -> [LedgerEntry] {
    let directory = try RunDirectory(folder, settings: settings)
    let journal = try directory.journal(shape: dataset.shape)
    let backend = OneDNNBackend()
    let pool = LanePool(
      lanes: lanes, width: width, fast: change(try backend.compile(checkpoint.model, for: .fast)),
      exact: try backend.compile(checkpoint.model, for: .exact),
      prepareThread: { OneDNNBackend.limitThreads() })
    defer { pool.stop() }
    let run = EvaluationRun(
      dataset: dataset, positions: positions, attacks: attacks,
      norm: settings.norm, radii: settings.radii, seed: settings.seed)
    try await run.run(on: pool, into: journal, until: gate, observer: observer)
    return await journal.entries
  }

  func result(_ entries: [LedgerEntry]) -> EvaluationResult {
    EvaluationResult(settings: settings, entries: entries, versions: ["robeval": "test"])
  }

  /// The entries in order of the images, without times and places in the store.
  static func timeless(_ entries: [LedgerEntry]) -> [LedgerEntry] {
    entries.map { entry in
      var entry = entry
      entry.passes.seconds = 0
      entry.record = nil
      return entry
    }.sorted { ($0.index, $0.attack) < ($1.index, $1.attack) }
  }

  /// `result.json` with every time set to zero.
  static func timeless(_ json: String) throws -> String {
    json.replacing(try Regex("\"seconds\" : [-+.e0-9]+"), with: "\"seconds\" : 0")
  }
}
