public import Files
import FoundationEssentials
import Graphs
import Tensors

extension Checkpoint {
  /// Writes the checkpoint as HDF5, replacing the file as a whole.
  ///
  /// The same checkpoint gives the same bytes.
  ///
  /// - Parameters:
  ///   - path: where it appears.
  ///   - storage: in how many bits kernels are kept.
  /// - Throws: ``FileError`` when it cannot be written, or a parameter's name has no place in HDF5.
  public func write(to path: String, as storage: FloatStorage = .single) throws(FileError) {
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
      let place = "parameters/" + (try Self.place(of: name, path))
      switch Self.storage(of: tensor, storage) {
      case .single: try writer.write(tensor, to: place)
      case .half: try writer.writeHalf(tensor, to: place)
      }
    }
    try writer.finish()
  }

  /// The checkpoint that ``write(to:as:)`` leaves in a file.
  ///
  /// - Parameter storage: in how many bits kernels are kept.
  /// - Returns: the network with exactly the numbers that are read back.
  public func rounded(for storage: FloatStorage) -> Checkpoint {
    var result = self
    result.model.parameters = model.parameters.mapValues {
      Self.storage(of: $0, storage).rounded($0)
    }
    return result
  }

  /// Kernels are nearly all there is; statistics and the like stay as they are, and so does a kernel
  /// with a number that would become infinite.
  private static func storage(of tensor: Tensor, _ wished: FloatStorage) -> FloatStorage {
    guard wished == .half, tensor.shape.count >= 2 else { return .single }
    let fits = tensor.withUnsafeElements { $0.allSatisfy { Float16($0).isFinite } }
    return fits ? .half : .single
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
