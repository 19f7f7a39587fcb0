public import Files
public import Graphs
internal import Tensors

/// Reads a network from whatever file its weights come in.
public enum ModelReader {
  /// Reads a checkpoint of any known kind.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - architecture: a registry name; needed where the file holds weights only.
  ///   - normalization: constants to use in place of what the file says.
  ///   - dataset: a name to use in place of what the file says.
  /// - Returns: the checkpoint, checked throughout.
  /// - Throws: `FileError` at the first thing that does not fit, by name.
  public static func read(
    _ path: String, architecture: String?, normalization: Normalization?, dataset: String?
  ) throws(FileError) -> Checkpoint {
    var checkpoint: Checkpoint
    switch try CheckpointFile.kind(of: path) {
    case .onnx: checkpoint = try readONNX(path, normalization: normalization)
    case .hdf5:
      if let architecture { try requireKnown(architecture, path: path) }
      checkpoint = try CheckpointFile.read(
        path, architecture: architecture, normalization: normalization, lookup: lookup)
    case .pytorchZip, .pytorchLegacy:
      checkpoint = try readPyTorch(path, architecture, normalization)
    case .unknown:
      throw FileError(
        path,
        problem: "is neither HDF5, ONNX nor a file of torch.save; convert it to one of them")
    }
    if let dataset { checkpoint.dataset = dataset }
    return checkpoint
  }

  private static let lookup: ArchitectureLookup = { name, classes in
    Architecture.named(name, classes: classes)?.graph
  }

  private static func requireKnown(_ architecture: String, path: String) throws(FileError) {
    if Architecture.named(architecture) != nil { return }
    let near = Architecture.suggestions(for: architecture)
    throw FileError(
      path, "architecture",
      problem: "\(architecture) is not a known architecture; "
        + (near.isEmpty
          ? "`robeval architectures` lists them" : "did you mean \(near.joined(separator: ", "))?"))
  }

  private static func readONNX(
    _ path: String, normalization: Normalization?
  ) throws(FileError) -> Checkpoint {
    let network = try ONNXFile.read(path)
    let model = network.model.renamingParameters { $0.replacing("/", with: ".") }
    let tensors = model.parameters.sorted { $0.key < $1.key }
      .map { (name: $0.key, tensor: $0.value) }
    return try Checkpoint(
      tensors: tensors, graph: model.graph, normalization: normalization,
      provenance: ["source": path.fileName, "notes": network.notes.joined(separator: "; ")],
      path: path, sha256: try Digest.sha256(ofFile: path))
  }

  private static func readPyTorch(
    _ path: String, _ architecture: String?, _ normalization: Normalization?
  ) throws(FileError) -> Checkpoint {
    guard let architecture else {
      throw FileError(
        path, "architecture",
        problem: "a PyTorch file names no network; give its architecture with --arch")
    }
    try requireKnown(architecture, path: path)
    let tensors = try PyTorchFile.read(path)
    // The last parameter is the bias of the last layer, one a class.
    guard let last = Architecture.named(architecture)?.parameterOrder.last,
      let classes = tensors.last(where: { $0.name.hasSuffix(last) })?.tensor.shape.first,
      let known = Architecture.named(architecture, classes: classes)
    else {
      throw FileError(
        path, "architecture",
        problem: "holds no \(Architecture.named(architecture)?.parameterOrder.last ?? "weights"), "
          + "which \(architecture) ends with; give another --arch")
    }
    return try Checkpoint(
      tensors: tensors, graph: known.graph, architecture: known.name,
      normalization: normalization, provenance: ["source": path.fileName], path: path,
      sha256: try Digest.sha256(ofFile: path))
  }
}

extension String {
  /// What stands behind the last slash.
  public var fileName: String { split(separator: "/").last.map(String.init) ?? self }
}
