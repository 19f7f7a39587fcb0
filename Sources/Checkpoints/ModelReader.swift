public import Files
public import Graphs
internal import Tensors

/// Reads a network from whatever file its weights come in.
public enum ModelReader {
  /// Reads a checkpoint of any known kind.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - architecture: a registry name; where the file holds weights only and none is given, the
  ///     network is guessed from their names and shapes, and the notes say so.
  ///   - normalization: constants to use in place of what the file says.
  ///   - dataset: a name to use in place of what the file says.
  /// - Returns: the checkpoint, checked throughout; what is worth knowing is in its provenance under
  ///   `notes`.
  /// - Throws: `FileError` at the first thing that does not fit, by name.
  public static func read(
    _ path: String, architecture: String?, normalization: Normalization?, dataset: String?
  ) throws(FileError) -> Checkpoint {
    if let architecture { _ = try Architecture.known(architecture, path: path) }
    var checkpoint: Checkpoint
    switch try CheckpointFile.kind(of: path) {
    case .onnx: checkpoint = try readONNX(path, normalization: normalization)
    case .hdf5: checkpoint = try readHDF5(path, architecture, normalization)
    case .pytorchZip, .pytorchLegacy:
      checkpoint = try WeightFile(tensors: try PyTorchFile.read(path))
        .checkpoint(architecture: architecture, normalization: normalization, path: path)
    case .safetensors:
      checkpoint = try Checkpoint.readSafetensors(
        path, architecture: architecture, normalization: normalization)
    case .unknown:
      throw FileError(
        path,
        problem: "is neither HDF5, ONNX, safetensors nor a file of torch.save; convert it to one "
          + "of them")
    }
    if let dataset { checkpoint.dataset = dataset }
    return checkpoint
  }

  private static let lookup: ArchitectureLookup = { name, classes in
    Architecture.named(name, classes: classes)?.graph
  }

  private static func readHDF5(
    _ path: String, _ architecture: String?, _ normalization: Normalization?
  ) throws(FileError) -> Checkpoint {
    if try KerasFile.isPresent(at: path) {
      return try KerasFile.read(path, architecture: architecture, normalization: normalization)
    }
    let file = try HDF5File(reading: path)
    if architecture == nil, try file.kind(of: "parameters") == .group,
      try file.kind(of: "graph") == nil, try CheckpointHeader(file).architecture == nil
    {
      return try WeightFile(tensors: try Checkpoint.tensors(of: file))
        .checkpoint(architecture: nil, normalization: normalization, path: path)
    }
    return try Checkpoint.readHDF5(
      path, architecture: architecture, normalization: normalization, lookup: lookup)
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
}

extension String {
  /// What stands behind the last slash.
  public var fileName: String { split(separator: "/").last.map(String.init) ?? self }
}
