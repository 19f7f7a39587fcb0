import Analysis
import ArgumentParser
import Checkpoints
import CommandLineSupport
import Datasets
import Evaluation
import Execution
import Files
import Tensors

struct AnalyzeTransferCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transfer",
    abstract: "How many adversarial images of runs fool other networks.",
    discussion: """
      Folders are runs, files are checkpoints, in any order. Of the images whose clean form a network \
      classifies correctly it counts those whose adversarial form it does not. \
      Example: robeval analyze transfer Reports/RUN a.h5 b.h5
      """)

  @Argument(help: "One run's folder or more, and one checkpoint or more.")
  var inputs: [String]

  @OptionGroup var network: NetworkOptions

  @Option(help: "The data set's name; the first checkpoint's own by default.")
  var dataset: String?

  @Option(help: "Where the images are; ROBEVAL_DATA by default, and then the built-in sample.")
  var data: String?

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: AnalysisOutputOptions

  func run() async throws {
    let folders = try inputs.filter { try FileContents.isFolder(at: $0) }
    let files = inputs.filter { !folders.contains($0) }
    guard !folders.isEmpty, !files.isEmpty else {
      throw EvaluationError(
        kind: .usage, place: "transfer",
        problem: "needs a run's folder and a checkpoint; there is no "
          + (folders.isEmpty ? "folder" : "checkpoint"))
    }
    let compared = try ComparedNetworks(files, network)
    let place = try output.folder("transfer", compared.sources)
    let images = try DataOptions(dataset: dataset, data: data)
      .dataset(for: compared.checkpoints[0])
    let runs = try folders.map { try AnalyzedRun($0, images) }
    try await write(runs, named: folders.map(\.fileName), on: images, compared, to: place)
  }

  private func write(
    _ runs: [AnalyzedRun], named names: [String], on images: Dataset,
    _ compared: ComparedNetworks, to place: String
  ) async throws {
    let positions = images.positionsByIndex
    var (origins, shown) = ([TransferAnalysis.Origin](), [Shown]())
    for (run, name) in zip(runs, names) {
      let own = run.fooled.sorted { $0.key < $1.key }.compactMap { index, image in
        positions[index].map {
          Shown(clean: images.image(at: $0), adversarial: image, position: $0)
        }
      }
      guard !own.isEmpty else {
        throw EvaluationError(
          kind: .data, place: run.recorded.path,
          problem: "fooled no image, so there is nothing to transfer; give another run")
      }
      shown += own
      origins.append(
        .init(
          name: name, attack: run.description, labels: own.map { images.label(at: $0.position) }))
    }
    let (logits, backend) = try await compared.logits(
      of: shown.map(\.clean) + shown.map(\.adversarial), compute)
    let counts = origins.map(\.labels.count)
    let analysis = TransferAnalysis(
      origins, clean: Self.classes(logits, from: 0, inRunsOf: counts),
      adversarial: Self.classes(logits, from: shown.count, inRunsOf: counts))
    let source = compared.source(
      "transfer", on: images, images: shown.count,
      state: "adversarial images of \(counted(runs.count, "run"))", backend: backend)
    try output.write(try TransferPages(analysis, of: source).folder(), to: place)
  }

  private struct Shown {
    let clean: Image
    let adversarial: Image
    let position: Int
  }

  /// The predicted classes by run, network and image, from logits by network and image.
  private static func classes(
    _ logits: [[[Float]]], from first: Int, inRunsOf counts: [Int]
  ) -> [[[Int]]] {
    var start = first
    return counts.map { count in
      defer { start += count }
      return logits.map { $0[start..<start + count].map(\.argmax) }
    }
  }
}
