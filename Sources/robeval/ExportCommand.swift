import ArgumentParser
import Checkpoints
import CommandLineSupport
import Evaluation
import Files

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a checkpoint for other programs: ONNX or safetensors.",
    discussion: """
      The ONNX file takes pixels in [0, 1], a batch of any size, and gives logits. The safetensors \
      file has the parameters under their PyTorch names, and the network in its header.
      """)

  @Argument(help: "The checkpoint: HDF5, or anything that `import` reads.")
  var input: String

  @Option(name: .shortAndLong, help: "The file to write, ending in .onnx or .safetensors.")
  var output: String

  @OptionGroup var outputFile: OutputFileOptions

  @OptionGroup var network: NetworkOptions

  func run() throws {
    try outputFile.check(output, named: "--output", isNoneOf: [("export", input)])
    let checkpoint = try network.read(input)
    if output.hasSuffix(".onnx") {
      try ONNXFile.write(checkpoint.model, to: output)
    } else if output.hasSuffix(".safetensors") {
      try checkpoint.writeSafetensors(to: output)
    } else {
      throw EvaluationError(
        kind: .usage, place: "--output",
        problem: "\(output) ends in neither .onnx nor .safetensors, by which the format is chosen")
    }
    try StandardOutput.writeLine(
      "\(output): \(checkpoint.architecture), \(checkpoint.classes) classes")
  }
}
