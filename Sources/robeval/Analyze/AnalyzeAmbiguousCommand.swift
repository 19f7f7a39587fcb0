import Analysis
import ArgumentParser
import Datasets
import Evaluation
import Tensors

struct AnalyzeAmbiguousCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ambiguous",
    abstract: "The images whose softened label spreads over two or more classes.",
    discussion: """
      A gallery with the teacher's labels at several temperatures (Chen & Lee, LTD, 2021). \
      Example: robeval analyze ambiguous teacher.h5 --temperature 5
      """)

  @Argument(help: "The teacher's checkpoint.")
  var teacher: String

  @OptionGroup var network: NetworkOptions
  @OptionGroup var images: DataOptions
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: AnalysisOutputOptions

  @Option(help: "The temperature at which a label must spread; LTD's is 5.")
  var temperature = 5.0

  @Option(help: "How large a class' probability must be in that of the likeliest, from 0 to 1.")
  var spread = 0.8

  @Option(help: "The temperatures that are shown.")
  var temperatures = "1,2,5,10,20"

  @Option(help: "How many images are shown, the most ambiguous first.")
  var show = 16

  private var shown: [Double] {
    get throws {
      guard let numbers = positiveNumbers(temperatures), !numbers.isEmpty
      else { throw ValidationError("--temperatures are numbers above 0, such as 1,5,20") }
      return numbers
    }
  }

  func validate() throws {
    _ = try shown
    guard temperature > 0, temperature.isFinite else {
      throw ValidationError("--temperature must be above 0")
    }
    guard spread > 0, spread <= 1 else {
      throw ValidationError("--spread is above 0 and at most 1")
    }
    guard (1...1000).contains(show) else { throw ValidationError("--show is from 1 to 1000") }
  }

  func run() async throws {
    let compared = try ComparedNetworks([teacher], network)
    let folder = try output.folder("ambiguous", compared.sources)
    let dataset = try images.dataset(for: compared.checkpoints[0])
    let positions = try images.positions(in: dataset)
    let (logits, backend) = try await compared.logits(of: positions.map(dataset.image), compute)
    let analysis = AmbiguityAnalysis(
      logits[0], labels: positions.map(dataset.label), indices: positions.map(dataset.index),
      names: dataset.classNames, temperature: temperature, spread: spread,
      temperatures: try shown, limit: show)
    guard analysis.count > 0 else {
      throw EvaluationError(
        kind: .data, place: teacher,
        problem:
          "gives no image a label that spreads; give a higher --temperature or a lower --spread")
    }
    let wanted = Set(analysis.images.map(\.index))
    var pictures: [Int: Image] = [:]
    for position in positions where wanted.contains(dataset.index(at: position)) {
      pictures[dataset.index(at: position)] = dataset.image(at: position)
    }
    let source = compared.source(
      "ambiguous", on: dataset, images: positions.count, state: "clean", backend: backend)
    try output.write(
      try AmbiguityPages(analysis, of: source, images: pictures).folder(), to: folder)
  }
}
