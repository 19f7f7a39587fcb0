import ArgumentParser
import Checkpoints
import CommandLineSupport
import Evaluation
import Files
import Foundation
import Graphs

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Turns a PyTorch, safetensors, Keras or ONNX file into an HDF5 checkpoint.",
    discussion: """
      PyTorch files are read without executing them. Mean and deviation become the network's first \
      operation, so that radii are always in units of [0, 1] pixels. Without --arch the network of a \
      file that holds weights only is guessed from their names and shapes.
      """)

  @Argument(help: "The file to read: .pt, .pth, .th, .safetensors, .onnx, .h5 of Keras.")
  var input: String

  @Option(name: .shortAndLong, help: "The checkpoint to write.")
  var output: String

  @OptionGroup var outputFile: OutputFileOptions

  @Option(help: "The architecture, where the file holds weights only; see `architectures`.")
  var arch: String?

  @Option(
    name: .customLong("as"),
    help: "A model of RobustBench, whose architecture and normalisation are taken; see `models`.")
  var published: String?

  @Option(help: "The data set that the network was made for: cifar10, cifar100, mnist, ….")
  var dataset: String?

  @Option(help: "What is subtracted from each channel, for example 0.4914,0.4822,0.4465.")
  var mean: String?

  @Option(help: "What each channel is divided by.")
  var std: String?

  @Option(help: "The range of pixels that the network was trained on: 0-1 or 0-255.")
  var inputRange: InputRange = .unit

  func validate() throws {
    guard published != nil else { return }
    let others = [("--arch", arch), ("--mean", mean), ("--std", std)].filter { $0.1 != nil }
    if let other = others.first?.0 ?? (inputRange == .byte ? "--input-range" : nil) {
      throw ValidationError("--as already says what \(other) says; give one of them")
    }
  }

  func run() throws {
    try outputFile.check(output, named: "--output", isNoneOf: [("import", input)])
    let network = try published.map { try PublishedNetwork(as: $0, dataset: dataset) }
    var checkpoint = try ModelReader.read(
      input, architecture: network?.architecture ?? arch,
      normalization: try network?.normalization ?? normalization(),
      dataset: network?.dataset ?? dataset)
    if let network { checkpoint.provenance["published_as"] = network.origin }
    if inputRange == .byte {
      checkpoint.model = checkpoint.model.rescalingInput(from: 255)
      checkpoint.normalization = checkpoint.model.inputNormalization
    }
    checkpoint.provenance["imported_from_sha256"] = checkpoint.sha256
    try checkpoint.write(to: output)
    try StandardOutput.writeLine(
      "\(output): \(checkpoint.architecture), \(checkpoint.classes) classes")
    if let notes = checkpoint.provenance["notes"], !notes.isEmpty {
      try StandardOutput.writeLine(notes)
    }
  }

  private func normalization() throws -> Normalization? {
    if mean == nil && std == nil { return nil }
    let mean = try numbers(mean, "--mean")
    let deviation = try numbers(std, "--std")
    guard mean.isEmpty || deviation.isEmpty || mean.count == deviation.count else {
      throw EvaluationError(
        kind: .usage, place: "--std",
        problem: "has \(deviation.count) numbers and --mean has \(mean.count); "
          + "give one a channel")
    }
    guard deviation.allSatisfy({ $0 > 0 }) else {
      throw EvaluationError(
        kind: .usage, place: "--std", problem: "must be positive; it divides")
    }
    return Normalization(
      mean: mean.isEmpty ? deviation.map { _ in 0 } : mean,
      deviation: deviation.isEmpty ? mean.map { _ in 1 } : deviation)
  }

  private func numbers(_ text: String?, _ option: String) throws -> [Float] {
    guard let text else { return [] }
    return try text.split(separator: ",").map { part in
      guard let number = Float(part.filter { !$0.isWhitespace }), number.isFinite else {
        throw EvaluationError(
          kind: .usage, place: option,
          problem: "“\(part)” is not a number; give one a channel, separated by commas")
      }
      return number
    }
  }
}

/// Ranges of pixels as a command line spells them.
enum InputRange: String, ExpressibleByArgument, CaseIterable {
  case unit = "0-1"
  case byte = "0-255"
}
