import Attacks
import Checkpoints
import Datasets
import Evaluation
import Execution
import Files
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
  let positions: [Int]
  let settings: RunSettings
  private let request: EvaluationRequest

  static func shippedNetwork() throws -> Checkpoint {
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try ModelReader.read(
      root.appending(path: "checkpoints/cifar10-resnet8-pgdat.h5").path, architecture: nil,
      normalization: nil, dataset: nil)
  }

  static func sample() throws -> Dataset {
    try DatasetCatalog.load(name: "cifar10", directory: nil, environment: [:])
  }

  init(
    _ list: String, eps: String = "8/255", images: Int,
    changing change: (inout Model) throws -> Void = { _ in }
  ) throws {
    var checkpoint = try Self.shippedNetwork()
    try change(&checkpoint.model)
    self.checkpoint = checkpoint
    dataset = try Self.sample()
    positions = Array(0..<images)
    var request = EvaluationRequest(
      of: EvaluatedNetwork(checkpoint, named: "net.h5"), on: dataset,
      attacks: Array(try AttackList.parse(list, in: .linf)), norm: .linf,
      radii: try Epsilon.list(eps, refusingAboveOne: true))
    request.positions = positions
    self.request = request
    settings = try request.settings(backend: Self.backend, rounding: Self.rounding)
  }

  /// Runs and writes everything a run writes.
  func settle(
    in folder: String, lanes: Int = 1, width: Int = 8, by backend: any Backend = OneDNNBackend()
  ) async throws -> EvaluationResult {
    let pool = LanePool(
      lanes: lanes, width: width, fast: try backend.compile(checkpoint.model, for: .fast),
      exact: try backend.compile(checkpoint.model, for: .exact),
      prepareThread: { OneDNNBackend.limitThreads() })
    defer { pool.stop() }
    let engine = SearchEngine(pool, backend: Self.backend, rounding: Self.rounding)
    let finished = try await request.run(on: engine, in: folder)
    try finished.writePages(command: "robeval", showing: dataset)
    return finished.result
  }

  // Not this machine's, so that runs are the same on every one.
  private static let (backend, rounding) = ("onednn", ["AVX-512"])
  static let versions = ["robeval": ProgramVersion.text, "backend": backend]

  func verify(
    _ folder: String, model: Model? = nil, sha256: String? = nil
  ) async throws -> (findings: VerificationFindings, pages: PageCheck, run: RecordedRun) {
    var checkpoint = checkpoint
    if let model { checkpoint.model = model }
    if let sha256 { checkpoint.sha256 = sha256 }
    let backend = OpenBLASBackend()
    let exact = try backend.compile(checkpoint.model, for: .exact)
    let pool = LanePool(
      lanes: 1, width: 8, fast: try backend.compile(checkpoint.model, for: .fast), exact: exact,
      prepareThread: { OneDNNBackend.limitThreads() })
    defer { pool.stop() }
    let run = try RecordedRun(folder)
    _ = try RunSources.read(from: folder)
    let findings = try await Verification(
      of: run, on: dataset, by: checkpoint, with: exact, on: pool
    ).check()
    return (findings, try PageCheck(run, pixels: findings.pixels, on: dataset), run)
  }

  /// The text that a verification prints, or its one sentence of refusal.
  func verdict(on folder: String) async throws -> (isConfirmed: Bool, text: String) {
    do {
      let (findings, pages, run) = try await verify(folder)
      return (true, VerificationText(findings, pages, run.settings, backend: "test").text)
    } catch let error as EvaluationError where error.exitCode == 65 {
      return (false, error.description)
    } catch let error as FileError where error.exitCode != 74 {
      return (false, error.description)
    }
  }
}
