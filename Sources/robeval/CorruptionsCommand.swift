import ArgumentParser
import Checkpoints
import CommandLineSupport
import Datasets
import Evaluation
import Files
import Graphs
import Reports
import Tensors

struct CorruptionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corruptions",
    abstract: "Measures accuracy under common corruptions: CIFAR-10-C, CIFAR-100-C.",
    discussion: """
      Example: robeval corruptions --model model.h5 --data CIFAR-10-C
      The same command continues a run that was interrupted.
      """)

  @OptionGroup var source: ModelOptions
  @OptionGroup var compute: ComputeOptions

  @Option(help: "The folder with gaussian_noise.npy and so on, and labels.npy.")
  var data: String

  @Option(help: "The data set that was corrupted; the checkpoint's own by default.")
  var dataset: String?

  @Option(help: "How many images of each severity; all by default.")
  var examples: Int?

  @Option(help: "The folder of the run; named after model and data below Reports by default.")
  var out: String?

  func validate() throws {
    if let examples, examples < 1 {
      throw ValidationError("--examples must be at least 1, not \(examples)")
    }
  }

  func run() async throws {
    let checkpoint = try source.checkpoint()
    let folder = try CorruptionFolder(data)
    guard let name = dataset ?? checkpoint.dataset else {
      throw EvaluationError(
        kind: .usage, place: "--dataset",
        problem: "the checkpoint does not say what data it is for; give cifar10 or cifar100")
    }
    let input = checkpoint.model.graph.input
    let engine = try await compute.fittingEngine(for: checkpoint.model, images: examples ?? 10_000)
    let settings = CorruptionSettings(
      model: source.model.fileName, modelIdentity: checkpoint.identity,
      architecture: checkpoint.architecture, dataset: name, corruptions: folder.corruptions,
      examples: examples, backend: engine.backend)
    let path = out ?? defaultFolder(settings)
    let run = try CorruptionRun(settings, in: path) { corruption in
      try folder.images(
        of: corruption, name: name, shape: input, classes: checkpoint.classes)
    }
    let result: CorruptionResult
    do {
      result = try await Interruption(of: "robeval").cancelling {
        try await run.run(on: engine) { cell in
          StandardError.write("\(cell.corruption) \(cell.severity): \(cell.accuracy.percent)\n")
        }
      }
    } catch is CancellationError {
      throw EvaluationError(
        kind: .interrupted, place: path,
        problem: "interrupted with every finished corruption kept; the same command goes on")
    }
    let report = CorruptionReport(
      result, command: ShellText.repeating("robeval"))
    try report.write(into: path)
    try StandardOutput.writeLine(report.summary)
    try StandardOutput.writeLine("report: \(path)/report.md")
  }

  private func defaultFolder(_ settings: CorruptionSettings) -> String {
    let model = settings.model.split(separator: ".").first.map(String.init) ?? "model"
    let count = examples.map { "_n\($0)" } ?? ""
    return "Reports/"
      + "\(model)-\(settings.modelIdentity.prefix(8))_\(settings.dataset)_corruptions\(count)"
      .asFileName
  }
}
