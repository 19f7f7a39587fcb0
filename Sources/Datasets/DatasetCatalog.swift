public import Files
public import Foundation

/// Whether a data set without labels is of use.
public enum LabelDemand: Hashable, Sendable {
  /// It is refused.
  case required
  /// It is read; ``Dataset/hasLabels`` says what was found.
  case ifPresent
}

/// Finds data sets by name.
public enum DatasetCatalog {
  /// The names of the data sets whose published files are recognised.
  public static var names: [String] { KnownDataset.allCases.map(\.rawValue) }

  /// The environment variable that replaces `--data`.
  public static let variable = "ROBEVAL_DATA"

  /// Reads a data set.
  ///
  /// A folder is searched for the published files of a known set, gzipped or not, directly and in
  /// the folders that archives unpack to, and for `<name>.h5`. Without a place to look the test
  /// images are the small sample that comes with the program; see ``Dataset/isSample``.
  ///
  /// - Parameters:
  ///   - name: one of ``names``, or the stem of an HDF5 file in the folder.
  ///   - directory: a folder, or an HDF5 file of arrays, which is read whatever the name, or an
  ///     archive of NumPy with images like those of the name; nil to look at the environment.
  ///   - split: test or training images; ignored for HDF5 files.
  ///   - classes: how many there are where neither an HDF5 file nor its name says.
  ///   - labels: whether an HDF5 file needs `y`.
  ///   - environment: where ``variable`` is looked up.
  /// - Returns: the images and labels, checked.
  /// - Throws: ``FileError`` naming file, field, expected and found.
  public static func load(
    name: String, directory: String?, split: DatasetSplit = .test, classes: Int? = nil,
    labels: LabelDemand = .required,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(FileError) -> Dataset {
    let variable = environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    guard let place = directory ?? variable else { return try sample(name, split) }
    guard try FileContents.exist(at: place) else {
      throw FileError(
        place, kind: .missing,
        problem: "there is no such file or folder; name the folder of \(name) with --data or "
          + Self.variable)
    }
    if try FileContents.isFolder(at: place) { return try load(name, in: place, split) }
    return place.hasSuffix(".npz")
      ? try NumPyArchive(place, name: name).dataset()
      : try ArrayFile(place, classes: classes, labels: labels).dataset()
  }

  private static func load(
    _ name: String, in folder: String, _ split: DatasetSplit
  ) throws(FileError) -> Dataset {
    let arrays = "\(folder)/\(name).h5"
    guard let known = KnownDataset(rawValue: name) else {
      guard try FileContents.exist(at: arrays) else {
        throw FileError(
          folder, kind: .missing,
          problem: "no data set \(name) is in it, expected \(name).h5 or one of "
            + "\(names.joined(separator: ", ")); name an HDF5 file of arrays x and y with --data")
      }
      return try ArrayFile(arrays).dataset()
    }
    for candidate in [folder] + known.folders.map({ "\(folder)/\($0)" }) {
      var paths: [String] = []
      for file in known.fileNames(split) {
        let names = ["\(candidate)/\(file)", "\(candidate)/\(file).gz"]
        for name in names where try FileContents.exist(at: name) {
          paths.append(name)
          break
        }
      }
      if paths.count == known.fileNames(split).count { return try known.read(paths, split) }
    }
    if try FileContents.exist(at: arrays) { return try ArrayFile(arrays).dataset() }
    throw FileError(
      folder, kind: .missing,
      problem: "\(name) is not in it, expected \(known.fileNames(split).joined(separator: ", ")) "
        + "directly or in \(known.folders.joined(separator: " or ")); get the files from "
        + known.origin)
  }

  private static func sample(_ name: String, _ split: DatasetSplit) throws(FileError) -> Dataset {
    guard split == .test,
      let path = SampleFile.path(of: name)
    else {
      throw FileError(
        name, kind: .missing,
        problem: "there is no built-in sample of its \(split.rawValue) images; name the folder of "
          + "\(name) with --data or \(variable)")
    }
    var file = try ArrayFile(path)
    file.isSample = true
    return try file.dataset()
  }
}
