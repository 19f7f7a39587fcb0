import Files
import FoundationEssentials
import Graphs
import Tensors

/// The file format, version 1.
///
/// Attributes of the root: `format` = `robeval-checkpoint`, `format_version`, `architecture`,
/// `num_classes`, `input_shape` `[C, H, W]`, and optionally `input_mean`, `input_std`, `dataset`,
/// `provenance` (a JSON object). `/graph`: the nodes as JSON. `/parameters/…`: one float
/// dataset a parameter, its PyTorch name with slashes for dots.
extension Checkpoint {
  static let format = "robeval-checkpoint"
  static let formatVersion = 1
  /// Decoding JSON takes about ten times the memory of its text.
  static let longestGraph = 1 << 22

  /// Reads a checkpoint from HDF5.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - request: a registry name and constants to use in place of what the file says; which weights.
  /// - Returns: the checkpoint, checked throughout.
  /// - Throws: ``FileError`` at the first thing that does not fit, by name.
  static func readHDF5(
    _ path: String, _ request: ModelRequest = ModelRequest()
  ) throws(FileError) -> Checkpoint {
    let file = try HDF5File(reading: path)
    let header = try CheckpointHeader(file)
    let stored = try file.kind(of: "graph") == .dataset ? storedGraph(of: file, header) : nil
    var checkpoint =
      if let stored, request.architecture == nil {
        try described(by: stored, file, header, request)
      } else {
        try named(file, header, stored, request)
      }
    if let claimed = header.classes, claimed != checkpoint.classes {
      throw FileError(
        path, "num_classes", problem: "is \(claimed); the network gives \(checkpoint.classes)")
    }
    checkpoint.dataset = header.dataset
    return checkpoint
  }

  /// The checkpoint of a file that brings its own graph.
  private static func described(
    by graph: Graph, _ file: borrowing HDF5File, _ header: CheckpointHeader,
    _ request: ModelRequest
  ) throws(FileError) -> Checkpoint {
    var selection = WeightSelection(request.weights)
    let tensors = try tensors(of: file, &selection)
    return try Checkpoint(
      describedBy: graph, tensors, architecture: header.architecture ?? "graph",
      stored: header.normalization, provenance: header.provenance, request, selection,
      path: file.path)
  }

  /// The checkpoint of a file of weights, and of a network that it or the caller names.
  private static func named(
    _ file: borrowing HDF5File, _ header: CheckpointHeader, _ stored: Graph?,
    _ request: ModelRequest
  ) throws(FileError) -> Checkpoint {
    var request = request
    if request.architecture == nil { request.architecture = header.architecture }
    guard request.architecture != "graph" else {
      throw FileError(
        file.path, "graph", problem: "is missing; add it or name an architecture with --arch")
    }
    var selection = WeightSelection(request.weights)
    let weights = WeightFile(tensors: try tensors(of: file, &selection))
    if weights.tensors.contains(where: { $0.name.hasSuffix(".vars.0") }) {
      throw FileError(
        file.path,
        problem: "holds the weights of Keras 3 without their network (.weights.h5); save the model "
          + "with model.save(\"x.h5\"), or export it as ONNX")
    }
    var checkpoint = try weights.checkpoint(
      request, selection,
      header: .init(
        normalization: header.normalization ?? stored?.inputNormalization,
        input: header.inputShape ?? stored?.input),
      path: file.path)
    // What the file says of itself goes before what was noticed now.
    let notices = checkpoint.notes
    if !header.provenance.isEmpty {
      checkpoint.provenance.merge(header.provenance) { $1 }
      for notice in notices { checkpoint.note(notice) }
    }
    if let stored, let node = checkpoint.model.graph.firstDifference(from: stored) {
      checkpoint.note(
        "\(checkpoint.architecture), as given, replaces the file's own network, which differs at "
          + "\(node)")
    }
    return checkpoint
  }

  private static func storedGraph(
    of file: borrowing HDF5File, _ header: CheckpointHeader
  ) throws(FileError) -> Graph {
    guard let input = header.inputShape else {
      throw FileError(file.path, "input_shape", problem: "is missing; expected [C, H, W]")
    }
    let description = try file.description(of: "graph")
    if case .text(let bytes) = description.elements, bytes > longestGraph {
      throw FileError(
        file.path, "graph", problem: "has \(bytes) bytes of text; at most \(longestGraph) are read")
    }
    let texts = try file.strings("graph")
    guard texts.count == 1 else {
      throw FileError(file.path, "graph", problem: "must be one text, not \(texts.count)")
    }
    return try graph(json: texts[0], input: input, path: file.path)
  }

  /// Decodes the nodes of a graph.
  static func graph(
    json: String, input: FeatureShape, path: String
  ) throws(FileError) -> Graph {
    guard json.utf8.count <= longestGraph else {
      throw FileError(
        path, "graph", problem: "has \(json.utf8.count) bytes; at most \(longestGraph) are read")
    }
    do {
      let nodes = try JSONDecoder().decode([Graph.Node].self, from: Data(json.utf8))
      return Graph(input: input, nodes: nodes)
    } catch {
      throw FileError(
        path, "graph", problem: "is not a list of known operations (\(error.cause))")
    }
  }

  /// All datasets under `parameters`, or else of the whole file, with dots for slashes.
  private static func tensors(
    of file: borrowing HDF5File, _ selection: inout WeightSelection
  ) throws(FileError) -> [(name: String, tensor: Tensor)] {
    let root = try group(of: file, &selection).map { $0 + "/" } ?? ""
    var tensors: [(name: String, tensor: Tensor)] = []
    var allowance = largestParameters(fileSize: file.size)
    for name in try file.datasets(under: root.isEmpty ? "/" : root)
    where name.drop(while: { $0 == "/" }) != "graph" {
      let parameter = name.dropFirst(root.count).split(separator: "/").joined(separator: ".")
      if ParameterNames.isUnused(parameter) { continue }
      let description = try file.description(of: name)
      if case .integer = description.elements { throw WeightFile.wholeNumbers(file.path, name) }
      guard let count = description.shape.checkedProduct, count <= allowance / 4 else {
        throw FileError(
          file.path, name,
          problem: "with it, parameters take more memory than a file of this size may ask for")
      }
      allowance -= 4 * count
      tensors.append((parameter, try file.tensor(name)))
    }
    guard !tensors.isEmpty else {
      throw FileError(file.path, "parameters", problem: "is missing; expected a group of datasets")
    }
    return tensors
  }

  /// The group of the parameters, or one that holds as many under the same names; nil without any.
  private static func group(
    of file: borrowing HDF5File, _ selection: inout WeightSelection
  ) throws(FileError) -> String? {
    let usual = "parameters"
    guard try file.kind(of: usual) == .group else { return nil }
    let names = try names(in: usual, of: file)
    var groups = [usual]
    // A few: a hostile file may lead to the same names by thousands of links.
    for other in try file.children().filter({ $0 != usual }).prefix(16) {
      if try file.kind(of: other) == .group, try self.names(in: other, of: file) == names {
        groups.append(other)
      }
    }
    return groups.count == 1
      ? usual : groups[try selection.pick(among: groups, path: file.path)]
  }

  private static func names(
    in group: String, of file: borrowing HDF5File
  ) throws(FileError) -> [String] {
    try file.datasets(under: group).map { String($0.dropFirst(group.count + 1)) }.sorted()
  }
}

extension Error {
  /// What is wrong with JSON, in a few words.
  var cause: String {
    switch self as? DecodingError {
    case .keyNotFound(let key, _): "\(key.stringValue) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      context.debugDescription
    default: "it cannot be decoded"
    }
  }
}
