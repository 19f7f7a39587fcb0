public import Files
public import Graphs

/// Files that hold a network, whatever their name.
public enum CheckpointFile {
  /// The kinds of files, told by their first bytes.
  public enum Kind: Hashable, Sendable {
    /// This project's own format, or a plain HDF5 file of parameters.
    case hdf5
    /// `torch.save` since PyTorch 1.6.
    case pytorchZip
    /// `torch.save` before PyTorch 1.6.
    case pytorchLegacy
    /// A header in JSON and numbers.
    case safetensors
    /// A guess: ONNX has no signature.
    case onnx
    /// None of these.
    case unknown
  }

  /// The kind of a file.
  ///
  /// - Parameter path: the file.
  /// - Returns: what its first bytes suggest.
  /// - Throws: ``FileError`` when it is missing or unreadable.
  public static func kind(of path: String) throws(FileError) -> Kind {
    let start = try FileContents.prefix(of: path, count: 1024)
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
    if start.starts(with: signature) || start.dropFirst(512).starts(with: signature) {
      return .hdf5
    }
    if start.starts(with: [0x50, 0x4b, 3, 4]) { return .pytorchZip }
    if start.starts(with: PyTorchFile.legacyStart) { return .pytorchLegacy }
    if SafetensorsFile.isPlausible(start) { return .safetensors }
    // Field 1 of an ONNX file is the version of its format, a small number.
    if start.count > 2, start[0] == 8, (1...32).contains(start[1]) { return .onnx }
    return .unknown
  }

  /// Reads a network from HDF5 or from a file of `torch.save`.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - architecture: a registry name; needed for PyTorch files.
  ///   - classes: the number of logits, where the file does not say.
  ///   - normalization: constants to use in place of what the file says.
  ///   - lookup: the registry.
  /// - Returns: the checkpoint, checked throughout.
  /// - Throws: ``FileError`` at the first thing that does not fit, by name.
  public static func read(
    _ path: String, architecture: String? = nil, classes: Int? = nil,
    normalization: Normalization? = nil, lookup: ArchitectureLookup
  ) throws(FileError) -> Checkpoint {
    switch try kind(of: path) {
    case .hdf5:
      return try Checkpoint.readHDF5(
        path, architecture: architecture, classes: classes, normalization: normalization,
        lookup: lookup)
    case .pytorchZip, .pytorchLegacy:
      guard let architecture, let classes else {
        throw FileError(
          path, problem: "a PyTorch file names no network; give its architecture and classes")
      }
      guard let graph = lookup(architecture, classes) else {
        throw FileError(
          path, "architecture", problem: "\(architecture) is not a known architecture")
      }
      return try Checkpoint(
        tensors: try PyTorchFile.read(path), graph: graph, architecture: architecture,
        normalization: normalization, path: path, sha256: try Digest.sha256(ofFile: path))
    case .onnx:
      throw FileError(path, problem: "looks like ONNX; import it as such")
    case .safetensors:
      throw FileError(path, problem: "looks like safetensors; import it as such")
    case .unknown:
      throw FileError(
        path, problem: "is neither HDF5 nor a file of torch.save; convert it to one of them")
    }
  }
}
