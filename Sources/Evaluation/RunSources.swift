public import Files
internal import Foundation

/// Where a run's network and images were found: `sources.json`.
///
/// Not part of a run's identity, which is in the checksums of ``RunSettings``; it only spares a
/// reader from naming the files again.
public struct RunSources: Hashable, Sendable, Codable {
  /// The checkpoint's path as it was given.
  public var model: String
  /// The architecture as it was given, where the checkpoint does not say.
  public var architecture: String?
  /// The set of weights as it was given, where the checkpoint holds several.
  public var weights: String?
  /// The data set's name as it was given.
  public var dataset: String?
  /// The folder or file of the images as it was given.
  public var data: String?

  /// Creates a note of places.
  ///
  /// - Parameters:
  ///   - model: the checkpoint's path.
  ///   - architecture: where the checkpoint does not say.
  ///   - weights: which set, where the checkpoint holds several.
  ///   - dataset: the data set's name, if one was given.
  ///   - data: the folder or file of the images, if one was given.
  public init(
    model: String, architecture: String?, weights: String? = nil, dataset: String?, data: String?
  ) {
    self.model = model
    self.weights = weights
    self.architecture = architecture
    self.dataset = dataset
    self.data = data
  }

  /// Reads the note of a run.
  ///
  /// - Parameter folder: the run's.
  /// - Returns: the places; nil where the run has no note.
  /// - Throws: `FileError` when there is one that cannot be read.
  public static func read(from folder: String) throws(FileError) -> RunSources? {
    let file = folder + "/sources.json"
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    return try StrictJSON.decode(
      RunSources.self, from: try FileContents.read(file, limit: 1 << 20), of: file)
  }

  /// Writes the note of a run.
  ///
  /// - Parameter folder: the run's.
  /// - Throws: `FileError` when it cannot be written.
  public func write(into folder: String) throws {
    try AtomicFile.write(try jsonText(of: self), to: folder + "/sources.json")
  }
}
