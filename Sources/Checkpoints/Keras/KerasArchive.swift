import Files

/// What Keras 3 saves as `.keras`: a zip archive of the network's description and its weights.
enum KerasArchive {
  private static let description = "config.json"
  private static let weights = "model.weights.h5"

  /// Whether a zip file is one.
  ///
  /// - Parameter path: the file.
  /// - Returns: whether it has both parts at its top.
  /// - Throws: ``FileError`` when it is missing or no sound zip file.
  static func isPresent(at path: String) throws(FileError) -> Bool {
    let archive = try ZipArchive(ByteReader(try FileContents.read(path), path: path))
    let names = archive.records.map(\.name)
    return names.contains(description) && names.contains(weights)
  }

  /// Reads a network.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - request: what the caller says; an architecture is refused, the archive has its own.
  /// - Returns: the checkpoint; a final softmax or sigmoid is removed.
  /// - Throws: ``FileError`` at the first thing that does not fit, by name.
  static func read(_ path: String, _ request: ModelRequest) throws(FileError) -> Checkpoint {
    if let architecture = request.architecture {
      throw FileError(
        path, "architecture",
        problem: "\(architecture) was given, and a .keras archive holds its own network; leave out "
          + "--arch")
    }
    let file = ByteReader(try FileContents.read(path), path: path)
    let archive = try ZipArchive(file)
    func record(_ name: String) throws(FileError) -> ZipArchive.Record {
      guard let record = archive.records.first(where: { $0.name == name }) else {
        throw file.malformed("it holds no \(name); save the model again")
      }
      return record
    }
    let text = try archive.reader(of: try record(description), limit: Checkpoint.longestGraph)
    let json = String(decoding: text.bytes[text.position..<text.end], as: UTF8.self)
    let stored = try record(weights)
    guard let range = try? archive.contents(of: stored) else {
      throw FileError(
        path, weights,
        problem:
          "is compressed or damaged; save the model with Keras again, which stores it plainly")
    }
    return try KerasFile.checkpoint(
      json, try KerasWeights(archive: path, at: range), path: path, request)
  }
}
