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
    var options = try DataOptions.parse([])
    (options.dataset, options.data) = (dataset, data)
    let images = try options.dataset(for: compared.checkpoints[0])
    let runs = try folders.map { try AnalyzedRun($0, images) }
    try await write(runs, named: folders.map(\.fileName), on: images, compared, to: place)
  }

  private func write(
    _ runs: [AnalyzedRun], named names: [String], on images: Dataset,
    _ compared: ComparedNetworks, to place: String
  ) async throws {
    let positions = Dictionary(
      uniqueKeysWithValues: (0..<images.count).map { (images.index(at: $0), $0) })
    var (origins, clean, adversarial) = ([TransferAnalysis.Origin](), [[[Int]]](), [[[Int]]]())
    var backend = ""
    for (run, name) in zip(runs, names) {
      let shown = run.fooled.keys.sorted().compactMap { index in
        positions[index].map { (position: $0, image: run.fooled[index]) }
      }
      guard !shown.isEmpty else {
        throw EvaluationError(
          kind: .data, place: run.recorded.path,
          problem: "fooled no image, so there is nothing to transfer; give another run")
      }
      let before = try await compared.logits(
        of: shown.map { images.image(at: $0.position) }, compute)
      let after = try await compared.logits(of: shown.compactMap(\.image), compute)
      backend = before.backend
      clean.append(before.logits.map { $0.map(\.argmax) })
      adversarial.append(after.logits.map { $0.map(\.argmax) })
      origins.append(
        .init(
          name: name, attack: run.description, labels: shown.map { images.label(at: $0.position) }))
    }
    let analysis = TransferAnalysis(origins, clean: clean, adversarial: adversarial)
    let source = compared.source(
      "transfer", on: images, images: origins.reduce(0) { $0 + $1.labels.count },
      state: "adversarial images of \(counted(runs.count, "run"))", backend: backend)
    try output.write(try TransferPages(analysis, of: source).folder(), to: place)
  }
}
