import ArgumentParser
import Checkpoints
import CommandLineSupport
import Datasets
import Files
import Graphs

/// For fuzzing: reads many files in one process and says how each ended.
struct FuzzBatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz-batch", abstract: "Reads each file of a list and prints how it ended.",
    shouldDisplay: false)

  @Argument(help: "A text file with one path a line.")
  var list: String

  func run() throws {
    let paths = String(decoding: try FileContents.read(list, limit: 1 << 28), as: UTF8.self)
    for path in paths.split(separator: "\n") {
      let end =
        DatasetProbe.inspect(String(path))
        ?? CheckpointProbe.inspect(String(path)) { path in
          "onnx \(try ONNXFile.read(path).model.parameters.count)"
        }
      // Unbuffered, so that a crash shows which file it was.
      try StandardOutput.write("\(path)\t\(end)\n")
    }
  }
}
