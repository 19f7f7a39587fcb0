public import Files
import FoundationEssentials
import Graphs
import Tensors

extension Checkpoint {
  /// Writes the checkpoint as HDF5, replacing the file as a whole.
  ///
  /// The same checkpoint gives the same bytes.
  ///
  /// - Parameter path: where it appears.
  /// - Throws: ``FileError`` when it cannot be written, or a parameter's name has no place in HDF5.
  public func write(to path: String) throws(FileError) {
    let writer = try HDF5Writer(creating: path)
    try writer.setAttribute("format", to: Self.format)
    try writer.setAttribute("format_version", to: Self.formatVersion)
    try writer.setAttribute("architecture", to: architecture)
    try writer.setAttribute("num_classes", to: classes)
    let input = model.graph.input
    try writer.setAttribute("input_shape", to: [input.channels, input.height, input.width])
    if let normalization {
      try writer.setAttribute("input_mean", to: normalization.mean)
      try writer.setAttribute("input_std", to: normalization.deviation)
    }
    if let dataset { try writer.setAttribute("dataset", to: dataset) }
    if !provenance.isEmpty {
      try writer.setAttribute("provenance", to: try Self.json(provenance, path, "provenance"))
    }
    try writer.write(try Self.json(model.graph.nodes, path, "graph"), to: "graph")
    for (name, tensor) in model.parameters.sorted(by: { $0.key < $1.key }) {
      try writer.write(tensor, to: "parameters/" + (try Self.place(of: name, path)))
    }
    try writer.finish()
  }

  private static func place(of parameter: String, _ path: String) throws(FileError) -> String {
    let parts = parameter.split(separator: ".", omittingEmptySubsequences: false)
    guard !parts.contains(""), !parameter.contains("/"), !parameter.contains("\0") else {
      throw FileError(
        path, parameter, kind: .unwritable,
        problem: "is no name for HDF5, where dots become slashes; rename the parameter")
    }
    return parts.joined(separator: "/")
  }

  static func json(
    _ value: some Encodable, _ path: String, _ place: String
  ) throws(FileError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      throw FileError(
        path, place, kind: .unwritable, problem: "cannot be written as JSON; is a number infinite?")
    }
  }
}
