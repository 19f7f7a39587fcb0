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

    init() throws {
      let path = root.appending(path: "checkpoints/cifar10-resnet8-pgdat.h5").path
      checkpoint = try ModelReader.read(path, architecture: nil, normalization: nil, dataset: nil)
      dataset = try DatasetCatalog.load(name: "cifar10", directory: nil, environment: [:])
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
    var request = EvaluationRequest(
      of: EvaluatedNetwork(inputs.checkpoint, named: "cifar10-resnet8-pgdat.h5"), on: dataset,
      attacks: Array(try AttackList.parse(choice.attacks, in: .linf)), norm: .linf,
      radii: try Epsilon.list(choice.eps, refusingAboveOne: true))
    request.positions = Array(choice.images)
    request.seed = choice.seed
    request.shard = try choice.shard.map { try Shard($0) }
    let backend = OneDNNBackend()
    let pool = LanePool(
      lanes: 1, width: 8, fast: try backend.compile(inputs.checkpoint.model, for: .fast),
      exact: try backend.compile(inputs.checkpoint.model, for: .exact),
      prepareThread: { OneDNNBackend.limitThreads() })
    defer { pool.stop() }
    let engine = SearchEngine(pool, backend: "onednn", rounding: choice.rounding)
    let finished = try await request.run(on: engine, in: path(name))
    try finished.writePages(command: "robeval")
    return finished.result
  }

  /// Merges runs and writes every report.
  @discardableResult
  func merge(_ names: [String], into name: String) async throws -> EvaluationResult {
    let merged = try await RunMerge(names.map(path)).merge(into: path(name))
    try merged.writePages(command: "robeval")
    return merged.result
  }

  /// A file's text with every time set to zero.
  func timeless(_ file: String) throws -> String {
    try text(file).replacing(try Regex("\"seconds\" : [-+.e0-9]+"), with: "\"seconds\" : 0")
  }
}
