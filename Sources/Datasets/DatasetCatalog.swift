public import Files
public import Foundation
public import Tensors

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
  /// the folders that archives unpack to, and for `<name>` as a file of arrays. Without a place to
  /// look the test images are the small sample that comes with the program; see
  /// ``Dataset/isSample``.
  ///
  /// - Parameters:
  ///   - name: one of ``names``, or the stem of a file of arrays in the folder.
  ///   - directory: a folder, or a file, which is read whatever the name: arrays of HDF5 or NumPy, or
  ///     a batch of CIFAR's Python version; nil to look at the environment.
  ///   - split: test or training images, where a place has both.
  ///   - shape: what the images should be like; decides where arrays could be read in two ways.
  ///   - classes: how many there are where neither a file of arrays nor its name says.
  ///   - labels: whether a file of arrays needs them.
  ///   - environment: where ``variable`` is looked up.
  /// - Returns: the images and labels, checked.
  /// - Throws: ``FileError`` naming file, field, expected and found.
  public static func load(
    name: String, directory: String?, split: DatasetSplit = .test, shape: FeatureShape? = nil,
    classes: Int? = nil, labels: LabelDemand = .required,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(FileError) -> Dataset {
    let expected = ArrayExpectation(
      shape: shape, classes: classes, name: name, labels: labels, split: split)
    let variable = environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    guard let place = directory ?? variable else { return try sample(name, split) }
    guard try FileContents.exist(at: place) else {
      throw FileError(
        place, kind: .missing,
        problem: "there is no such file or folder; name the folder of \(name) with --data or "
          + Self.variable)
    }
    return try FileContents.isFolder(at: place)
      ? try load(in: place, expected) : try file(place, expected)
  }

  /// Reads a file by its first bytes.
  private static func file(
    _ path: String, _ expected: ArrayExpectation
  ) throws(FileError) -> Dataset {
    let start = try FileContents.prefix(of: path, count: 8)
    if start.starts(with: [0x50, 0x4b, 3, 4]) { return try NumPyFiles.archive(path, expected) }
    if start.starts(with: NumPyArray.magic) { return try NumPyFiles.array(path, expected) }
    if CIFARPickle.startsLike(start) {
      return try CIFARPickle.read(batch: path, split: expected.split)
    }
    let mark = try FileContents.prefix(of: path, count: 10)
    if MATLABFile.marks.contains(mark) { return try MATLABFile.dataset(path, expected) }
    return try ArrayFile.dataset(path, expected)
  }

  private static func load(
    in folder: String, _ expected: ArrayExpectation
  ) throws(FileError) -> Dataset {
    let name = expected.name
    if let known = KnownDataset(rawValue: name), let found = try published(known, folder, expected)
    {
      return found
    }
    for ending in arrayEndings {
      let path = "\(folder)/\(name)\(ending)"
      if try isFile(path) { return try file(path, expected) }
    }
    for images in ["x", "images", "data", "x_\(expected.split.rawValue)", "X"] {
      let path = "\(folder)/\(images).npy"
      if try isFile(path) { return try file(path, expected) }
    }
    guard let known = KnownDataset(rawValue: name) else {
      throw FileError(
        folder, kind: .missing,
        problem: "no data set \(name) is in it, expected \(name).h5, .npz or .npy, or one of "
          + "\(names.joined(separator: ", ")); name a file of arrays x and y with --data")
    }
    let form = known.forms(expected.split)[0]
    let folders = known.forms(expected.split).flatMap(\.folders)
    throw FileError(
      folder, kind: .missing,
      problem: "\(name) is not in it, expected \(form.files.joined(separator: ", ")) "
        + "directly or in \(folders.joined(separator: " or ")); get the files from "
        + known.origin)
  }

  /// How the names of files of arrays end.
  private static let arrayEndings = [".h5", ".hdf5", ".npz", ".npy", ".mat"]

  /// The published files of a known set; nil where they are not there.
  private static func published(
    _ known: KnownDataset, _ folder: String, _ expected: ArrayExpectation
  ) throws(FileError) -> Dataset? {
    for form in known.forms(expected.split) {
      for candidate in [folder] + form.folders.map({ "\(folder)/\($0)" }) {
        var paths: [String] = []
        for file in form.files {
          let names = ["\(candidate)/\(file)", "\(candidate)/\(file).gz"]
          for name in names where try isFile(name) {
            paths.append(name)
            break
          }
        }
        if paths.count == form.files.count {
          return try form.read(paths, known.description(expected.split))
        }
      }
    }
    return nil
  }

  private static func isFile(_ path: String) throws(FileError) -> Bool {
    guard try FileContents.exist(at: path) else { return false }
    return try !FileContents.isFolder(at: path)
  }

  private static func sample(_ name: String, _ split: DatasetSplit) throws(FileError) -> Dataset {
    guard split == .test, let path = SampleFile.path(of: name) else {
      throw FileError(
        name, kind: .missing,
        problem: "there is no built-in sample of its \(split.rawValue) images; name the folder of "
          + "\(name) with --data or \(variable)")
    }
    return try ArrayFile.dataset(path, ArrayExpectation(name: name), isSample: true)
  }
}
