import Files
import Foundation

/// Images and labels in files of NumPy: an archive of `numpy.savez`, or one array a file.
enum NumPyFiles {
  /// Reads an archive, compressed or not, whose arrays have usual names; see ``ArrayNames``.
  static func archive(
    _ path: String, _ expected: ArrayExpectation
  ) throws(FileError) -> Dataset {
    let reader = ByteReader(try FileContents.read(path, limit: FileSize.limit), path: path)
    let archive = try ZipArchive(reader)
    // What a file of this size is trusted to unpack to.
    var left = 32 * reader.bytes.count + 1 << 28
    func array(_ name: String) throws(FileError) -> NumericArray? {
      guard let record = archive.records.first(where: { $0.name == name + ".npy" }) else {
        return nil
      }
      let part = try archive.reader(of: record, limit: left)
      left -= part.remaining
      return try NumPyArray.read(part, name: name)
    }
    let names = archive.records.map(\.name).filter { $0.hasSuffix(".npy") }
      .map { String($0.dropLast(4)) }
    guard let found = ArrayNames(among: names, split: expected.split),
      found.labels != nil || expected.labels == .ifPresent, let images = try array(found.images)
    else {
      let held = archive.records.prefix(8).map(\.name).joined(separator: ", ")
      throw FileError(
        path,
        problem: "it holds \(held.isEmpty ? "nothing" : held); expected \(ArrayNames.expected)")
    }
    var arrays = LabelledArrays(
      name: stem(path), images: images, indices: try array("index"), files: [path])
    if let labels = found.labels { arrays.labels = try array(labels) }
    arrays.notes = [found.note].compactMap(\.self)
    return try arrays.dataset(expected)
  }

  /// Reads one array of images, and its labels from the file beside it.
  static func array(
    _ path: String, _ expected: ArrayExpectation
  ) throws(FileError) -> Dataset {
    var arrays = LabelledArrays(name: stem(path), images: try array(path), files: [path])
    let beside = labelFiles(beside: path)
    for candidate in beside where try FileContents.exist(at: candidate) {
      arrays.labels = try array(candidate)
      arrays.files.append(candidate)
      arrays.notes.append(
        "labels were read from \(URL(fileURLWithPath: candidate).lastPathComponent)")
      break
    }
    if arrays.labels == nil && expected.labels == .required {
      throw FileError(
        path, kind: .missing,
        problem: "has no labels beside it; put them into "
          + (beside.first.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "labels.npy")
          + " in the same folder")
    }
    return try arrays.dataset(expected)
  }

  private static func array(_ path: String) throws(FileError) -> NumericArray {
    let reader = ByteReader(try FileContents.read(path, limit: FileSize.limit), path: path)
    return try NumPyArray.read(reader, name: stem(path))
  }

  /// Where the labels of an array of images may be: under the name that goes with its own, or under
  /// one for all.
  private static func labelFiles(beside path: String) -> [String] {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let own = stem(path)
    let pairs = [
      ("x", "y"), ("X", "Y"), ("images", "labels"), ("image", "label"), ("data", "labels"),
    ]
    var names: [String] = []
    for (images, labels) in pairs {
      if own == images { names.append(labels) }
      if own.hasPrefix(images + "_") { names.append(labels + own.dropFirst(images.count)) }
      if own.hasSuffix("_" + images) { names.append(own.dropLast(images.count) + labels) }
    }
    return (names + ["labels", "label", "y", "targets"]).map { "\(folder)/\($0).npy" }
  }

  private static func stem(_ path: String) -> String {
    URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
  }
}
