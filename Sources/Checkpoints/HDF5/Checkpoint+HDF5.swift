public import Files
import FoundationEssentials
public import Graphs
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
  ///   - architecture: a registry name to use in place of what the file says.
  ///   - classes: the number of logits, where the file does not say.
  ///   - normalization: constants to use in place of what the file says.
  ///   - lookup: the registry.
  /// - Returns: the checkpoint, checked throughout.
  /// - Throws: ``FileError`` at the first thing that does not fit, by name.
  public static func readHDF5(
    _ path: String, architecture: String? = nil, classes: Int? = nil,
    normalization: Normalization? = nil, lookup: ArchitectureLookup
  ) throws(FileError) -> Checkpoint {
    let file = try HDF5File(reading: path)
    let header = try CheckpointHeader(file)
    let name = architecture ?? header.architecture ?? "graph"
    let graph = try graph(
      of: file, header, name: name, isChosen: architecture != nil, classes: classes, lookup)
    let tensors = try tensors(of: file)
    let checkpoint = try Checkpoint(
      tensors: tensors, graph: graph, architecture: name,
      normalization: normalization ?? header.normalization, dataset: header.dataset,
      provenance: header.provenance, path: path, sha256: try Digest.sha256(ofFile: path))
    if let claimed = classes ?? header.classes, claimed != checkpoint.classes {
      throw FileError(
        path, "num_classes", problem: "is \(claimed); the network gives \(checkpoint.classes)")
    }
    return checkpoint
  }

  private static func graph(
    of file: borrowing HDF5File, _ header: CheckpointHeader, name: String, isChosen: Bool,
    classes: Int?, _ lookup: ArchitectureLookup
  ) throws(FileError) -> Graph {
    if !isChosen, try file.kind(of: "graph") == .dataset {
      return try storedGraph(of: file, header)
    }
    guard name != "graph" else {
      throw FileError(
        file.path, "graph", problem: "is missing; add it or name an architecture with --arch")
    }
    guard let classes = classes ?? header.classes else {
      throw FileError(file.path, "num_classes", problem: "is missing; give the number of classes")
    }
    guard let graph = lookup(name, classes) else {
      throw FileError(
        file.path, "architecture", problem: "\(name) is not a known architecture; list them all")
    }
    if let shape = header.inputShape, shape != graph.input {
      throw FileError(
        file.path, "input_shape", problem: "is \(shape); \(name) takes \(graph.input)")
    }
    return graph
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

  /// All datasets under `parameters`, with dots for slashes.
  static func tensors(
    of file: borrowing HDF5File
  ) throws(FileError) -> [(name: String, tensor: Tensor)] {
    guard try file.kind(of: "parameters") == .group else {
      throw FileError(file.path, "parameters", problem: "is missing; expected a group of datasets")
    }
    var tensors: [(name: String, tensor: Tensor)] = []
    var allowance = largestParameters(fileSize: file.size)
    for name in try file.datasets(under: "parameters") {
      let shape = try file.description(of: name).shape
      guard let count = shape.productIfRepresentable, count <= allowance / 4 else {
        throw FileError(
          file.path, name,
          problem: "with it, parameters take more memory than a file of this size may ask for")
      }
      allowance -= 4 * count
      let parameter = name.dropFirst("parameters/".count).split(separator: "/")
      tensors.append((parameter.joined(separator: "."), try file.tensor(name)))
    }
    return tensors
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
