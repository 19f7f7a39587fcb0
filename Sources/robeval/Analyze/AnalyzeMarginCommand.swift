import Analysis
import ArgumentParser
import CommandLineSupport
import Datasets
import Evaluation
import Files
import Tensors

struct AnalyzeMarginCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "margin", abstract: "How clearly one or two networks tell their classes apart.",
    discussion: """
      The class margin is the mean probability of a class over its images minus the largest mean \
      probability of another class (Cui et al., NeurIPS 2024, eq. 11). With two networks also the \
      differences A − B. Example: robeval analyze margin ikl.h5 trades.h5 --data DIR
      """)

  @Argument(help: "One checkpoint, or two to compare.")
  var networks: [String]

  @OptionGroup var network: NetworkOptions
  @OptionGroup var images: DataOptions
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: AnalysisOutputOptions

  @Option(help: "clean, or the folder of a run, whose adversarial images replace those it fooled.")
  var on = "clean"

  @Option(help: "Decides the draws of the bootstrap.")
  var seed = 0

  func validate() throws {
    guard (1...2).contains(networks.count) else {
      throw ValidationError("margin takes one checkpoint or two, not \(networks.count)")
    }
  }

  func run() async throws {
    let compared = try ComparedNetworks(networks, network)
    let folder = try output.folder("margin", compared.sources)
    let dataset = try images.dataset(for: compared.checkpoints[0])
    let positions = try images.positions(in: dataset)
    let run = on == "clean" ? nil : try AnalyzedRun(on, from: "--on", dataset)
    let shown = try run?.images(at: positions) ?? positions.map(dataset.image)
    let (logits, backend) = try await compared.logits(of: shown, compute)
    let analysis = MarginAnalysis(
      logits: logits, labels: positions.map(dataset.label), names: names(dataset, logits),
      seed: seed)
    let source = compared.source(
      "margin", on: dataset, images: positions.count, state: run?.state ?? "clean",
      backend: backend)
    try output.write(try MarginPages(analysis, of: source).folder(), to: folder)
  }

  /// A data set may know fewer classes than the network.
  private func names(_ dataset: Dataset, _ logits: [[[Float]]]) -> [String] {
    (0..<logits[0][0].count).map { label in
      label < dataset.classNames.count ? dataset.classNames[label] : "\(label)"
    }
  }
}
