public import Files

extension ONNXFile {
  /// Reads a network from a file.
  ///
  /// - Parameter path: the file.
  /// - Returns: the network as a function of one image.
  /// - Throws: `FileError` when it cannot be read, is malformed or uses what is not supported.
  public static func read(_ path: String) throws(FileError) -> ImportedNetwork {
    // No protobuf message may be larger.
    let bytes = try FileContents.read(path, limit: Int(Int32.max))
    do throws(ONNXError) {
      return try model(from: bytes)
    } catch {
      let remedy =
        error.problem.contains("; ")
        ? "" : "; export the model in another way, or give its weights with --arch"
      throw FileError(path, error.place, problem: error.problem + remedy)
    }
  }
}
