public import Files
import Graphs
import Tensors

/// What the header of an exported file says besides its tensors: `architecture`, `graph` as JSON,
/// `input_shape`, `input_mean`, `input_std` as numbers separated by commas, `dataset`, `provenance`
/// as JSON.
extension Checkpoint {
  /// Writes the parameters, and in the header everything else, as safetensors.
  ///
  /// - Parameter path: where it appears.
  /// - Throws: ``FileError`` when it cannot be written.
  public func writeSafetensors(to path: String) throws(FileError) {
    let input = model.graph.input
    var metadata = [
      "format": "pt", "architecture": architecture,
      "input_shape": "\(input.channels),\(input.height),\(input.width)",
      "graph": try Self.json(model.graph.nodes, path, "graph"),
    ]
    if let normalization {
      metadata["input_mean"] = normalization.mean.map { "\($0)" }.joined(separator: ",")
      metadata["input_std"] = normalization.deviation.map { "\($0)" }.joined(separator: ",")
    }
    metadata["dataset"] = dataset
    if !provenance.isEmpty {
      metadata["provenance"] = try Self.json(provenance, path, "provenance")
    }
    try SafetensorsFile.write(model.parameters, metadata: metadata, to: path)
  }

  /// Reads a network from safetensors.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - request: a registry name and constants to use in place of what the file says; which weights.
  /// - Returns: the checkpoint, checked throughout.
  /// - Throws: ``FileError`` at the first thing that does not fit, by name.
  static func readSafetensors(
    _ path: String, _ request: ModelRequest
  ) throws(FileError) -> Checkpoint {
    let weights = try SafetensorsFile.read(path)
    try weights.refuseWholeNumbers(path)
    let graph = try storedGraph(weights.metadata, path)
    guard request.architecture == nil, let graph else {
      return try weights.checkpoint(
        request, WeightSelection(request.weights),
        header: .init(normalization: graph?.inputNormalization, input: graph?.input), path: path)
    }
    return try Checkpoint(
      describedBy: graph, weights.tensors,
      architecture: weights.metadata["architecture"] ?? "graph",
      dataset: weights.metadata["dataset"], provenance: ["source": path.fileName], request,
      WeightSelection(request.weights), path: path)
  }

  /// The network that a header describes, if it does.
  private static func storedGraph(
    _ metadata: [String: String], _ path: String
  ) throws(FileError) -> Graph? {
    guard let text = metadata["graph"], let shape = metadata["input_shape"] else { return nil }
    let extents = shape.split(separator: ",").map { Int($0) ?? 0 }
    guard extents.count == 3, extents.allSatisfy({ (1...65_536).contains($0) }) else {
      throw FileError(
        path, "input_shape", problem: "is “\(shape)”; it must be channels,height,width")
    }
    let input = FeatureShape(channels: extents[0], height: extents[1], width: extents[2])
    return try graph(json: text, input: input, path: path)
  }
}
