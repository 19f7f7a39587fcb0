import ArgumentParser
import Checkpoints
import CommandLineSupport
import Datasets
import Evaluation
import Execution
import Files
import Foundation
import Graphs
import OneDNNBackend
import OpenBLASBackend
import Reports

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Checks every claim of a finished run anew, on another library than the search's.",
    discussion: """
      Computes classes, margins, distances, costs, counts and the probe anew from weights, images and \
      ledger, makes every page again and compares it byte by byte, and lists what it cannot check. \
      Ends with 65 and one sentence at the first thing that is not true.
      """)

  @Argument(help: "The run's folder.")
  var folder: String

  @Option(help: "The checkpoint; by default where the run found it.")
  var model: String?

  @OptionGroup var network: NetworkOptions

  @Option(help: "The folder or HDF5 file of the images; by default where the run found them.")
  var data: String?

  @Option(
    help: "Attacks so many images of the run anew, chosen by chance, and compares how they end.")
  var reattack: Int?

  @Option(help: "The seed of that choice; by default one that nobody knew, which is printed.")
  var reattackSeed: UInt64?

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    if let reattack, reattack < 1 {
      throw ValidationError("--reattack must be 1 or more images, not \(reattack)")
    }
  }

  func run() async throws {
    let recorded = try RecordedRun(folder)
    let inputs = try RunInputs(of: recorded, model: model, network: network, data: data)
    let (checkpoint, dataset) = (inputs.checkpoint, inputs.dataset)
    let backend = OpenBLASBackend()
    let exact = try backend.compile(checkpoint.model, for: .exact)
    let pool = LanePool(
      lanes: ProcessInfo.processInfo.activeProcessorCount,
      width: LanePool.usualWidth(for: checkpoint.model),
      fast: try backend.compile(checkpoint.model, for: .fast), exact: exact,
      prepareThread: { OneDNNBackend.limitThreads() })
    let findings = try await Verification(
      of: recorded, on: dataset, by: checkpoint, with: exact, on: pool
    ).check()
    let pages = try PageCheck(recorded, pixels: findings.pixels, on: dataset)
    try StandardOutput.writeLine(
      VerificationText(findings, pages, recorded.settings, backend: backend.description).text)
    if let reattack { try await attack(reattack, of: recorded, checkpoint, dataset) }
  }

  private func attack(
    _ count: Int, of recorded: RecordedRun, _ checkpoint: Checkpoint, _ dataset: Dataset
  ) async throws {
    var anew = try Reattack(
      recorded, count: count, choice: reattackSeed ?? .random(in: 0...UInt64.max))
    let engine = try await compute.fittingEngine(for: checkpoint.model, images: anew.indices.count)
    let isSame =
      engine.backend == recorded.settings.backend && engine.rounding == recorded.settings.rounding
    try await anew.attack(on: engine.pool, in: dataset)
    try anew.check(isSameSearch: isSame)
    try StandardOutput.writeLine(ReattackText(anew).text)
  }
}
