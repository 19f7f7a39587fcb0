import ArgumentParser
import Checkpoints
import CommandLineSupport
import Datasets
import Files
import Foundation
import Graphs
import Tensors

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Prints what a checkpoint holds, layer by layer.")

  @Argument(help: "The checkpoint.")
  var file: String

  @OptionGroup var network: NetworkOptions

  func run() throws {
    let checkpoint = try network.read(file)
    let summary = try checkpoint.model.summary()
    var lines = [
      "file          \(file)",
      "sha256        \(checkpoint.sha256)",
      "architecture  \(checkpoint.architecture)",
      "input         \(checkpoint.model.graph.input)",
      "classes       \(checkpoint.classes)",
      "dataset       \(checkpoint.dataset ?? "not stated")",
      "mean, std     \(normalization(checkpoint.normalization))",
      "parameters    \(summary.parameters)",
      "mult-adds     \(summary.multiplyAccumulates)",
    ]
    for (key, value) in checkpoint.provenance.sorted(by: { $0.key < $1.key }) where !value.isEmpty {
      lines.append("provenance    \(key): \(value)")
    }
    let graph = checkpoint.model.graph
    if let penultimate = try? graph.node(tapped: Graph.penultimate) {
      lines.append("penultimate   \(graph.nodes[penultimate].name)")
    }
    lines += ["", row("layer", "operation", "output", "parameters", "mult-adds")]
    lines += summary.rows.map {
      row($0.name, $0.operation, "\($0.output)", "\($0.parameters)", "\($0.multiplyAccumulates)")
    }
    try StandardOutput.writeLine(lines.joined(separator: "\n"))
  }

  private func row(
    _ layer: String, _ operation: String, _ output: String, _ parameters: String, _ sums: String
  ) -> String {
    [
      column(layer, 32), column(operation, 20), column(output, 14), right(parameters, 12),
      right(sums, 14),
    ].joined(separator: " ")
  }

  private func normalization(_ constants: Normalization?) -> String {
    guard let constants else { return "none: the network takes pixels in [0, 1]" }
    return "(\(constants.mean.map { "\($0)" }.joined(separator: ", "))) "
      + "(\(constants.deviation.map { "\($0)" }.joined(separator: ", ")))"
  }

  private func column(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
