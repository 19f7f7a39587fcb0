import Files
import FoundationEssentials
import Graphs
import Tensors

/// The attributes of a checkpoint's root, each optional so that a plain file of parameters loads.
struct CheckpointHeader {
  var architecture: String?
  var classes: Int?
  var inputShape: FeatureShape?
  var normalization: Normalization?
  var dataset: String?
  var provenance: [String: String]

  init(_ file: borrowing HDF5File) throws(FileError) {
    let path = file.path
    if let format = try file.string(attribute: "format"), format != Checkpoint.format {
      throw FileError(path, "format", problem: "is \(format); expected \(Checkpoint.format)")
    }
    if let version = try file.integers(attribute: "format_version"),
      version != [Checkpoint.formatVersion]
    {
      throw FileError(
        path, "format_version",
        problem: "is \(version.map(String.init).joined(separator: ", ")); this program reads "
          + "\(Checkpoint.formatVersion)")
    }
    architecture = try file.string(attribute: "architecture")
    dataset = try file.string(attribute: "dataset")
    classes = try Self.classes(file)
    inputShape = try Self.inputShape(file)
    normalization = try Self.normalization(file, channels: inputShape?.channels)
    provenance = try Self.provenance(file)
  }

  private static func classes(_ file: borrowing HDF5File) throws(FileError) -> Int? {
    guard let classes = try file.integers(attribute: "num_classes") else { return nil }
    guard classes.count == 1, (1...1_000_000).contains(classes[0]) else {
      throw FileError(file.path, "num_classes", problem: "must be one number from 1 to 1000000")
    }
    return classes[0]
  }

  private static func inputShape(_ file: borrowing HDF5File) throws(FileError) -> FeatureShape? {
    guard let shape = try file.integers(attribute: "input_shape") else { return nil }
    guard shape.count == 3, shape.allSatisfy({ (1...65_536).contains($0) }) else {
      throw FileError(
        file.path, "input_shape",
        problem: "must be [channels, height, width], each from 1 to 65536")
    }
    return FeatureShape(channels: shape[0], height: shape[1], width: shape[2])
  }

  private static func normalization(
    _ file: borrowing HDF5File, channels: Int?
  ) throws(FileError) -> Normalization? {
    let mean = try file.floats(attribute: "input_mean")
    let deviation = try file.floats(attribute: "input_std")
    if mean == nil && deviation == nil { return nil }
    guard let mean, let deviation, mean.count == deviation.count,
      mean.count == channels ?? mean.count, mean.allSatisfy(\.isFinite),
      deviation.allSatisfy({ $0.isFinite && $0 > 0 })
    else {
      throw FileError(
        file.path, "input_mean",
        problem: "and input_std must both be there, finite, one number a channel, deviations above "
          + "0")
    }
    return Normalization(mean: mean, deviation: deviation)
  }

  private static func provenance(
    _ file: borrowing HDF5File
  ) throws(FileError) -> [String: String] {
    guard let text = try file.string(attribute: "provenance") else { return [:] }
    do {
      return try JSONDecoder().decode([String: JSONText].self, from: Data(text.utf8))
        .mapValues(\.text)
    } catch {
      throw FileError(
        file.path, "provenance", problem: "is not a JSON object (\(error.cause))")
    }
  }
}
