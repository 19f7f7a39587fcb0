public import Files

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
}
