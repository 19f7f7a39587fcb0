import Files
import Tensors
import Foundation

/// Images and labels in an HDF5 file.
///
/// `x` is `[count, channels, height, width]`, uint8 or floating-point within [0, 1]; `y` the class
/// of each image; `index`, where present, their stable indices. The root's attributes `name` and
/// `classes` say what the set is called and how many classes it has. Other usual names and forms
/// are taken too; see ``ArrayNames`` and ``ImageArray``.
enum ArrayFile {
  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - expected: decides what the file does not say.
  ///   - isSample: whether the file is the sample that comes with the program.
  /// - Returns: the images and labels, checked.
  /// - Throws: ``FileError`` when something is missing or does not fit.
  static func dataset(
    _ path: String, _ expected: ArrayExpectation, isSample: Bool = false
  ) throws(FileError) -> Dataset {
    let file = try HDF5File(reading: path)
    let names = try names(in: file, expected)
    let stem = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    var arrays = LabelledArrays(
      name: try file.string(attribute: "name") ?? stem, images: try array(names.images, of: file),
      files: [path])
    if let labels = names.labels { arrays.labels = try array(labels, of: file) }
    if try file.kind(of: "index") == .dataset { arrays.indices = try array("index", of: file) }
    arrays.classes = try classes(of: file)
    arrays.notes = [names.note].compactMap(\.self)
    arrays.isSample = isSample
    return try arrays.dataset(expected)
  }

  private static func names(
    in file: borrowing HDF5File, _ expected: ArrayExpectation
  ) throws(FileError) -> ArrayNames {
    var all: [String] = []
    for child in try file.children() where ArrayNames.areUsual(child) {
      switch try file.kind(of: child) {
      case .dataset: all.append(child)
      case .group: all += try file.children(of: child).map { child + "/" + $0 }
      case .other, nil: continue
      }
    }
    guard let names = ArrayNames(among: all, split: expected.split) else {
      throw try missing("x", "the images as [count, channels, height, width]", in: file)
    }
    if names.labels == nil && expected.labels == .required {
      throw try missing("y", "the class of each image as a whole number", in: file)
    }
    return names
  }

  private static func missing(
    _ name: String, _ what: String, in file: borrowing HDF5File
  ) throws(FileError) -> FileError {
    let found = try file.children().prefix(8).joined(separator: ", ")
    return FileError(
      file.path, name,
      problem: "is missing; store \(what) (the file has \(found.isEmpty ? "nothing" : found))")
  }

  /// One array as the file has it.
  static func array(
    _ name: String, of file: borrowing HDF5File
  ) throws(FileError) -> NumericArray {
    let description = try file.description(of: name)
    let numbers: NumericArray.Numbers
    switch description.elements {
    case .integer(bytes: 1, isSigned: false): numbers = .bytes(try file.bytes(name))
    case .integer: numbers = .integers(try file.integers(name))
    case .float: numbers = .floats(try file.tensor(name).elements)
    case .text, .variableText, .other:
      throw FileError(
        file.path, name,
        problem: "its elements are neither uint8 nor floating-point; convert it to one of them")
    }
    return NumericArray(
      path: file.path, name: name, shape: description.shape, numbers: numbers)
  }

  private static func classes(of file: borrowing HDF5File) throws(FileError) -> Int? {
    guard let classes = try file.integers(attribute: "classes")?.first else { return nil }
    guard (2...1 << 20).contains(classes) else {
      throw FileError(
        file.path, "attribute classes",
        problem: "it is \(classes), expected 2 or more; store the number of classes")
    }
    return classes
  }
}
