import Attacks
import Checkpoints
import Datasets
import Evaluation
import Execution
import Foundation
import OneDNNBackend
import Reports
import Tensors

/// Runs of the shipped network on the first 24 images of the built-in sample.
final class ShippedRun: Sendable {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Read once for all tests.
  private struct Inputs: Sendable {
    let checkpoint: Checkpoint
    let dataset: Dataset
    let datasetSHA256: String

    init() throws {
      let path = root.appending(path: "checkpoints/cifar10-resnet8-pgdat.h5").path
      checkpoint = try ModelReader.read(path, architecture: nil, normalization: nil, dataset: nil)
      dataset = try DatasetCatalog.load(name: "cifar10", directory: nil, environment: [:])
      datasetSHA256 = dataset.sha256
    }
  }

  private static let inputs = Result { try Inputs() }

  let folder: URL
  private let inputs: Inputs
  private var dataset: Dataset { inputs.dataset }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "scaleout-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    inputs = try Self.inputs.get()
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// What a test varies.
  struct Choice: Sendable {
    var eps = "8/255"
    var attacks = "apgd-ce(steps=5),fab-t(steps=5,targets=2)"
    var shard: String?
    var seed: UInt64 = 0
    var images = 0..<24
    var rounding = ["AVX-512"]
  }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func text(_ file: String) throws -> String {
    try String(contentsOf: folder.appending(path: file), encoding: .utf8)
  }

  /// Runs and writes every report.
  @discardableResult
  func run(_ name: String, _ choice: Choice = Choice()) async throws -> EvaluationResult {
    let radii = try Epsilon.list(choice.eps, refusingAboveOne: true)
    let attacks = Array(try AttackList.parse(choice.attacks, in: .linf))
    var whole = RunSettings(
      model: "cifar10-resnet8-pgdat.h5", modelSHA256: inputs.checkpoint.sha256,
      architecture: inputs.checkpoint.architecture, dataset: dataset.name,
      datasetSHA256: inputs.datasetSHA256,
      datasetNote: dataset.note, norm: .linf, eps: radii[0],
      attacks: attacks.map { .init(name: $0.name, settings: $0.settings) },
      autoAttackVersion: nil, seed: choice.seed,
      indices: choice.images.map { dataset.index(at: $0) }, backend: "onednn", notes: []
    ).within(radii)
    whole.rounding = choice.rounding
    let settings = try choice.shard.map { try whole.part(try Shard($0)) } ?? whole
    let directory = try RunDirectory(path(name), settings: settings)
    let journal = try directory.journal(shape: dataset.shape)
    let own = Set(settings.indices)
    let run = EvaluationRun(
      dataset: dataset, positions: choice.images.filter { own.contains(dataset.index(at: $0)) },
      attacks: attacks, norm: .linf, radii: radii, seed: choice.seed)
    let backend = OneDNNBackend()
    let pool = LanePool(
      lanes: 1, width: 8, fast: try backend.compile(inputs.checkpoint.model, for: .fast),
      exact: try backend.compile(inputs.checkpoint.model, for: .exact),
      prepareThread: { OneDNNBackend.limitThreads() })
    defer { pool.stop() }
    try await run.run(on: pool, into: journal) { _ in }
    return try await report(settings, journal, into: name)
  }

  /// Merges runs and writes every report.
  @discardableResult
  func merge(_ names: [String], into name: String) async throws -> EvaluationResult {
    let merge = try RunMerge(names.map(path))
    return try await report(merge.settings, try await merge.merge(into: path(name)), into: name)
  }

  private func report(
    _ settings: RunSettings, _ journal: Journal, into name: String
  ) async throws -> EvaluationResult {
    let entries = await journal.entries
    let result = EvaluationResult(settings: settings, entries: entries, versions: [:])
    try await AdversarialFile.write(
      to: path(name) + "/adversarial.h5", from: journal, settings: settings)
    try ReportWriter.write(result, entries: entries, into: path(name), command: "robeval")
    return result
  }

  /// A file's text with every time set to zero.
  func timeless(_ file: String) throws -> String {
    try text(file).replacing(try Regex("\"seconds\" : [-+.e0-9]+"), with: "\"seconds\" : 0")
  }
}
