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
  ///   - weights: which set, where the file holds several: `model`, `ema`, or the set's own name.
  ///   - leavingOut: the beginnings of names of parameters that are not the network's.
  ///   - normalization: constants to use in place of those beside the weights.
  ///   - pixels: what the network was trained on.
  ///   - dataset: a name to use in place of what the file says.
  /// - Returns: the checkpoint, checked throughout; what is worth knowing is in its notes.
  /// - Throws: `FileError` at the first thing that does not fit, by name.
  public static func read(
    _ path: String, architecture: String? = nil, weights: String? = nil,
    leavingOut: [String] = [], normalization: Normalization? = nil,
    pixels: ModelRequest.PixelRange = .unit,
    dataset: String? = nil
  ) throws(FileError) -> Checkpoint {
    let request = ModelRequest(
      architecture: architecture, weights: weights, leavingOut: leavingOut,
      normalization: normalization, pixels: pixels)
    var checkpoint = try read(path, request)
    if checkpoint.classes == 1 { checkpoint.answerYesOrNo() }
    try checkpoint.expect(pixels, path: path)
    if let dataset { checkpoint.dataset = dataset }
    return checkpoint
  }

  private static func read(
    _ path: String, _ request: ModelRequest
  ) throws(FileError) -> Checkpoint {
    if let architecture = request.architecture {
      _ = try Architecture.known(architecture, path: path)
    }
    switch try CheckpointFile.kind(of: path) {
    case .onnx: return try readONNX(path, request)
    case .hdf5:
      return try KerasFile.isPresent(at: path)
        ? try KerasFile.read(path, request) : try Checkpoint.readHDF5(path, request)
    case .pytorchZip where try KerasArchive.isPresent(at: path):
      return try KerasArchive.read(path, request)
    case .pytorchZip, .pytorchLegacy:
      var selection = WeightSelection(request.weights)
      let weights = try PyTorchFile.read(path, &selection)
      try weights.refuseWholeNumbers(path)
      return try weights.checkpoint(request, selection, path: path)
    case .safetensors: return try Checkpoint.readSafetensors(path, request)
    case .unknown:
      throw FileError(
        path,
        problem: FileNature.problem(of: path)
          ?? "is neither HDF5, ONNX, safetensors nor a file of torch.save; convert it to one of them"
      )
    }
  }

  private static func readONNX(
    _ path: String, _ request: ModelRequest
  ) throws(FileError) -> Checkpoint {
    if let architecture = request.architecture {
      throw FileError(
        path, "architecture",
        problem: "\(architecture) was given, and an ONNX file holds its own network; leave out "
          + "--arch")
    }
    let network = try ONNXFile.read(path)
    let model = network.model.renamingParameters { $0.replacing("/", with: ".") }
    let tensors = model.parameters.sorted { $0.key < $1.key }
      .map { (name: $0.key, tensor: $0.value) }
    return try Checkpoint(
      describedBy: model.graph, tensors, provenance: ["source": path.fileName],
      notes: network.notes, request, WeightSelection(request.weights), path: path)
  }
}

extension String {
  /// What stands behind the last slash.
  public var fileName: String { split(separator: "/").last.map(String.init) ?? self }
}
