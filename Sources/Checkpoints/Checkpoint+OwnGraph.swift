import Files
import Graphs
import Tensors

extension Checkpoint {
  /// The checkpoint of a file that brings its own network.
  ///
  /// - Parameters:
  ///   - graph: the network.
  ///   - tensors: its parameters.
  ///   - architecture: what the file calls it.
  ///   - stored: the constants that the file states beside the network.
  ///   - dataset: what the network was trained on.
  ///   - provenance: where it comes from.
  ///   - notes: what was noticed while the file was read.
  ///   - request: what the caller says.
  ///   - selection: what was chosen among several sets of weights.
  ///   - path: the file.
  /// - Throws: ``FileError`` at the first thing that does not fit, by name.
  init(
    describedBy graph: Graph, _ tensors: [(name: String, tensor: Tensor)],
    architecture: String = "graph", stored: Normalization? = nil, dataset: String? = nil,
    provenance: [String: String], notes: [String] = [], _ request: ModelRequest,
    _ selection: WeightSelection, path: String
  ) throws(FileError) {
    var selection = selection
    try selection.finish(path)
    let choice = try NormalizationChoice(
      asked: request.normalization, stored: stored, graph: graph, path: path)
    try self.init(
      tensors: tensors, graph: graph, architecture: architecture,
      normalization: choice.constants, dataset: dataset, provenance: provenance, path: path,
      sha256: try Digest.sha256(ofFile: path))
    try checkName(path: path)
    note(selection)
    for sentence in notes + [choice.note].compactMap({ $0 }) { note(sentence) }
  }
}
