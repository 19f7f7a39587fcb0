import ArgumentParser
import Checkpoints
import CommandLineSupport
import Datasets
import Evaluation
import Files
import Graphs

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Turns a PyTorch, safetensors, Keras or ONNX file into an HDF5 checkpoint.",
    discussion: """
      PyTorch files are read without executing them. Mean and deviation become the network's first \
      operation, so that radii are always in units of [0, 1] pixels; a network that normalises \
      already takes no others. Without --arch the network of a file that holds weights only is \
      guessed from their names and shapes. A named network must have every parameter in its own \
      shape; only the number of classes is the file's.
      """)

  @Argument(help: "The file to read: .pt, .pth, .th, .safetensors, .onnx, .h5 of Keras.")
  var input: String

  @Option(name: .shortAndLong, help: "The checkpoint to write.")
  var output: String

  @OptionGroup var outputFile: OutputFileOptions

  @OptionGroup var network: NetworkOptions

  @Option(
    name: .customLong("as"),
    help: "A model of RobustBench, whose architecture and normalisation are taken; see `models`.")
  var published: String?

  @Option(
    help: ArgumentHelp(
      "The data set that the network was made for: "
        + DatasetCatalog.publishedNames.joined(separator: ", ") + "."))
  var dataset: String?

  @OptionGroup var pixels: NormalizationOptions

  func validate() throws {
    guard published != nil else { return }
    let others = [("--arch", network.arch), ("--mean", pixels.mean), ("--std", pixels.std)]
    let other = others.first { $0.1 != nil }?.0
    if let other = other ?? (pixels.inputRange == .byte ? "--input-range" : nil) {
      throw ValidationError("--as already says what \(other) says; give one of them")
    }
  }

  func run() throws {
    try outputFile.check(output, named: "--output", isNoneOf: [("import", input)])
    let listed = try published.map { try PublishedNetwork(as: $0, dataset: self.dataset) }
    let dataset = try listed?.dataset ?? self.dataset.map { try known($0) }
    var network = self.network
    network.arch = listed?.architecture ?? network.arch
    let constants = try listed?.normalization ?? pixels.constants()
    var checkpoint = try network.read(
      input, normalization: constants, pixels: pixels.inputRange.pixels)
    if let dataset { try expect(checkpoint, toFit: dataset) }
    checkpoint.dataset = dataset ?? checkpoint.dataset
    let notes = checkpoint.notes + [pixels.note].compactMap { $0 }
    if !notes.isEmpty { checkpoint.provenance["notes"] = notes.joined(separator: "; ") }
    if let listed { checkpoint.provenance["published_as"] = listed.origin }
    checkpoint.provenance["imported_from_sha256"] = checkpoint.sha256
    try checkpoint.write(to: output)
    try StandardOutput.writeLine(
      "\(output): \(checkpoint.architecture), \(checkpoint.classes) classes")
    if !notes.isEmpty { try StandardOutput.writeLine(notes.joined(separator: "; ")) }
  }

  private func known(_ name: String) throws -> String {
    guard let known = DatasetCatalog.publishedName(name) else {
      throw EvaluationError(
        kind: .usage, place: "--dataset",
        problem: "\(name) is not a known data set; give "
          + "\(DatasetCatalog.publishedNames.joined(separator: ", ")), or leave it out and name a "
          + "file with --data when you evaluate")
    }
    return known
  }

  private func expect(_ checkpoint: Checkpoint, toFit dataset: String) throws {
    let mismatch = DatasetCatalog.mismatch(
      dataset, input: checkpoint.model.graph.input, classes: checkpoint.classes)
    guard let mismatch else { return }
    throw EvaluationError(
      kind: .data, place: input, problem: "\(mismatch); give another --dataset, or none")
  }
}
