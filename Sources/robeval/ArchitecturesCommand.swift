import ArgumentParser
import Checkpoints
import CommandLineSupport
import Graphs

struct ArchitecturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "architectures", abstract: "Lists the networks that are known by name.",
    discussion: """
      A file that names one of them must hold every parameter in its own shape. Left open are the \
      number of classes, which the last layer's bias gives, and the size and the channels of \
      images, where a checkpoint of this program states them.
      """)

  func run() throws {
    try StandardOutput.writeLine(
      "name (the member that is measured)  parameters  multiply-accumulates  input")
    for pattern in Architecture.names {
      guard let member = Self.member(of: pattern) else {
        try StandardOutput.writeLine(pattern)
        continue
      }
      let summary = try member.summary()
      try StandardOutput.writeLine(
        "\(pattern)\(member.name == pattern ? "" : " (\(member.name))")  \(summary.parameters)  "
          + "\(summary.multiplyAccumulates)  \(member.graph.input)")
    }
  }

  /// The usual member of a family: the first depth, of those in papers, that it has.
  private static func member(of pattern: String) -> Architecture? {
    for depth in ["28", "20", "18", "8"] {
      let name = pattern.replacing("<depth>", with: depth).replacing("<width>", with: "10")
      if let member = Architecture.named(name) { return member }
    }
    return nil
  }
}
