import Files
import Foundation
import Tensors

/// Images and labels in an HDF5 file.
///
/// `x` is `[count, channels, height, width]`, uint8 or floating-point within [0, 1]; `y` the class
/// of each image; `index`, where present, their stable indices. The root's attributes `name` and
/// `classes` say what the set is called and how many classes it has.
struct ArrayFile {
  private let path: String
  private let name: String
  private let classes: Int
  private let shape: FeatureShape
  private let pixels: PixelStorage
  private let labels: [Int]?
  private let indices: [Int]
  /// Whether the file is the sample that comes with the program.
  var isSample = false

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - usual: how many classes there are where the file does not say.
  ///   - demand: whether `y` must be there.
  /// - Throws: ``FileError`` when something is missing or does not fit.
  init(
    _ path: String, classes usual: Int? = nil, labels demand: LabelDemand = .required
  ) throws(FileError) {
    self.path = path
    let file = try HDF5File(reading: path)
    try Self.require("x", in: file, remedy: "store the images as [count, channels, height, width]")
    let images = try file.description(of: "x")
    guard images.shape.count == 4, images.shape.allSatisfy({ $0 > 0 }) else {
      throw FileError(
        path, "x",
        problem: "its shape is \(images.shape), expected [count, channels, height, width]; "
          + "store one image a row")
    }
    shape = FeatureShape(
      channels: images.shape[1], height: images.shape[2], width: images.shape[3])
    if demand == .required {
      try Self.require("y", in: file, remedy: "store the class of each image as a whole number")
    }
    labels =
      try file.kind(of: "y") == nil
      ? nil : Self.numbers("y", of: file, count: images.shape[0])
    indices =
      try file.kind(of: "index") == nil
      ? Array(0..<images.shape[0]) : Self.numbers("index", of: file, count: images.shape[0])
    switch images.elements {
    case .integer(bytes: 1, isSigned: false):
      pixels = .bytes(try file.bytes("x"), offset: 0, stride: shape.count)
    case .float: pixels = .floats(try file.tensor("x"))
    case .integer, .text, .variableText, .other:
      throw FileError(
        path, "x",
        problem: "its elements are neither uint8 nor floating-point; convert it to one of them")
    }
    let stem = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    name = try file.string(attribute: "name") ?? stem
    classes = try Self.classes(of: file, named: name, usual)
  }

  /// The images and labels, checked.
  func dataset() throws(FileError) -> Dataset {
    var description = DatasetDescription(name: name, shape: shape, classes: classes)
    if let known = KnownDataset(rawValue: name)?.description(.test) {
      guard known.shape == shape, known.classes == classes else {
        throw FileError(
          path, "attribute name",
          problem: "it says \(name), but there are \(classes) classes of \(shape) images, expected "
            + "\(known.classes) of \(known.shape); give the set a name of its own")
      }
      description = known
    }
    description.isSample = isSample
    return try Dataset(
      description, pixels: pixels, labels: labels, indices: indices, files: [path])
  }

  private static func classes(
    of file: borrowing HDF5File, named name: String, _ usual: Int?
  ) throws(FileError) -> Int {
    if let classes = try file.integers(attribute: "classes")?.first {
      guard (2...1 << 20).contains(classes) else {
        throw FileError(
          file.path, "attribute classes",
          problem: "it is \(classes), expected 2 or more; store the number of classes")
      }
      return classes
    }
    guard let classes = KnownDataset(rawValue: name)?.description(.test).classes ?? usual else {
      throw FileError(
        file.path, "attribute classes",
        problem: "it is missing, expected the number of classes; add it to the root group")
    }
    return classes
  }

  private static func require(
    _ name: String, in file: borrowing HDF5File, remedy: String
  ) throws(FileError) {
    if try file.kind(of: name) != nil { return }
    let names = try file.children().prefix(8).joined(separator: ", ")
    throw FileError(
      file.path, name,
      problem: "is missing; \(remedy) (the file has \(names.isEmpty ? "nothing" : names))")
  }

  private static func numbers(
    _ name: String, of file: borrowing HDF5File, count: Int
  ) throws(FileError) -> [Int] {
    let shape = try file.description(of: name).shape
    guard shape == [count] else {
      throw FileError(
        file.path, name,
        problem: "its shape is \(shape), expected [\(count)]; store one number for each image of x")
    }
    return try file.integers(name).map { Int($0) }
  }
}
