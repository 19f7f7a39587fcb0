import Files
import Graphs
import Tensors

extension Checkpoint {
  /// Refuses parameters that are not those of a network, though layers may fit each other.
  ///
  /// - Parameters:
  ///   - parameters: by the network's names.
  ///   - shapes: what the network has.
  ///   - architecture: its name.
  ///   - path: the file.
  /// - Throws: ``FileError`` at the first parameter of another shape.
  static func checkShapes(
    of parameters: [String: Tensor], against shapes: [String: [Int]], of architecture: String,
    path: String
  ) throws(FileError) {
    for (name, tensor) in parameters.sorted(by: { $0.key < $1.key }) {
      guard let shape = shapes[name], shape != tensor.shape else { continue }
      let fitting = Architecture.matching(parameters.mapValues(\.shape)).map(\.name)
      throw FileError(
        path, name,
        problem: "is \(tensor.shape.crossed); \(architecture) has \(shape.crossed); "
          + (fitting.isEmpty
            ? "give the architecture it was trained with, or export it as ONNX"
            : "its parameters are those of \(fitting.joined(separator: " or "))"))
    }
  }

  /// Refuses a file whose network is not the one that it names.
  ///
  /// - Throws: ``FileError`` at a parameter of another shape or where something else is computed.
  mutating func checkName(path: String) throws(FileError) {
    if architecture == "graph" { return }
    let input = model.graph.input
    guard let named = Architecture.named(architecture, classes: classes, input: input) else {
      note(
        "\(architecture) is no name that this program knows, so the network is the file's own graph"
      )
      return
    }
    try Self.checkShapes(
      of: model.parameters, against: named.parameterShapes, of: architecture, path: path)
    guard let node = model.graph.firstDifference(from: named.graph) else { return }
    throw FileError(
      path, "architecture",
      problem: "is \(architecture), whose network differs from the file's own graph at \(node); "
        + "write graph in its place, or give --arch")
  }
}
