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
  private let labels: [Int]
  private let indices: [Int]
  /// Whether the file is the sample that comes with the program.
  var isSample = false

  init(_ path: String) throws(FileError) {
    self.path = path
    let file = try HDF5File(reading: path)
    let images = try file.description(of: "x")
    guard images.shape.count == 4, images.shape.allSatisfy({ $0 > 0 }) else {
      throw FileError(
        path, "x",
        problem: "its shape is \(images.shape), expected [count, channels, height, width]; "
          + "store one image a row")
    }
    shape = FeatureShape(
      channels: images.shape[1], height: images.shape[2], width: images.shape[3])
    labels = try Self.numbers("y", of: file, count: images.shape[0])
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
    classes = try Self.classes(of: file, named: name)
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
    of file: borrowing HDF5File, named name: String
  ) throws(FileError) -> Int {
    if let classes = try file.integers(attribute: "classes")?.first {
      guard (2...1 << 20).contains(classes) else {
        throw FileError(
          file.path, "attribute classes",
          problem: "it is \(classes), expected 2 or more; store the number of classes")
      }
      return classes
    }
    guard let known = KnownDataset(rawValue: name) else {
      throw FileError(
        file.path, "attribute classes",
        problem: "it is missing, expected the number of classes; add it to the root group")
    }
    return known.description(.test).classes
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
