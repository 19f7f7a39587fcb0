public import Files
public import Tensors

/// The adversarial images of a finished run, read from its `adversarial.h5`.
public struct AdversarialImages: Sendable {
  /// The file.
  public let path: String
  /// The stable indices of the images, in the order of the file.
  public let indices: [Int]
  /// The true classes.
  public let labels: [Int]
  /// The classes that the run saw predicted.
  public let predicted: [Int]
  /// The attacks that found the images.
  public let attacks: [String]
  /// The radii within which they were found, as they were written.
  public let radii: [String]
  /// What the file says of the run.
  public let identity: [String: String]
  private let shape: FeatureShape

  /// The attributes that say which run the images belong to.
  static let identityNames = ["model_sha256", "dataset", "dataset_sha256", "norm", "eps"]

  /// Reads everything but the pixels.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - shape: that the images must have.
  /// - Throws: `FileError` when it is missing, damaged or holds images of another shape.
  public init(_ path: String, shape: FeatureShape) throws(FileError) {
    let file = try HDF5File(reading: path)
    guard try file.string(attribute: "format") == "robeval-adversarial" else {
      throw FileError(path, "format", problem: "is not robeval-adversarial")
    }
    var identity: [String: String] = [:]
    for name in Self.identityNames { identity[name] = try file.string(attribute: name) }
    self.path = path
    self.shape = shape
    self.identity = identity
    if try file.kind(of: "x") == nil {
      guard try file.children().isEmpty else {
        throw FileError(path, "x", problem: "is missing, though there is something else")
      }
      (indices, labels, predicted, attacks, radii) = ([], [], [], [], [])
      return
    }
    try Self.checkForm(of: file)
    indices = try file.integers("index").map { Int($0) }
    labels = try file.integers("label").map { Int($0) }
    predicted = try file.integers("predicted").map { Int($0) }
    attacks = try file.strings("attack")
    // Files of format 1 do not repeat the radius of a run that has one.
    radii =
      try file.kind(of: "eps") == nil
      ? Array(repeating: identity["eps"] ?? "", count: indices.count) : file.strings("eps")
    let expected = [indices.count, shape.channels, shape.height, shape.width]
    let found = try file.description(of: "x").shape
    guard found == expected else {
      throw FileError(path, "x", problem: "has shape \(found); the data need \(expected)")
    }
    let counts = [labels.count, predicted.count, attacks.count, radii.count]
    guard counts.allSatisfy({ $0 == indices.count }) else {
      throw FileError(path, problem: "index, label, predicted, attack and eps differ in length")
    }
  }

  /// What ``AdversarialFile`` never writes would not be looked at, so it must not be there.
  private static func checkForm(of file: borrowing HDF5File) throws(FileError) {
    let known = Set(["format"] + identityNames)
    if let stranger = try file.attributeNames().first(where: { !known.contains($0) }) {
      throw FileError(file.path, stranger, problem: "is an attribute that no run writes")
    }
    let word = HDF5Elements.integer(bytes: 8, isSigned: true)
    for name in try file.children() {
      let isExpected =
        switch name {
        case "x": try file.description(of: name).elements == .float(bytes: 4)
        case "index", "label", "predicted": try file.description(of: name).elements == word
        case "attack", "eps": try file.kind(of: name) == .dataset
        default: false
        }
      guard isExpected else {
        throw FileError(
          file.path, name,
          problem: "is not what a run writes: float32 x, int64 index, label and predicted, and "
            + "the texts attack and eps")
      }
    }
  }

  /// Reads some images.
  ///
  /// - Parameter wanted: their stable indices; those that the file does not have are passed over.
  /// - Returns: images by stable index.
  /// - Throws: `FileError` when the pixels cannot be read.
  public func images(of wanted: Set<Int>) throws -> [Int: Image] {
    var images: [Int: Image] = [:]
    try forEach { row, image in
      if wanted.contains(indices[row]) { images[indices[row]] = image }
    }
    return images
  }

  /// Reads images in order, some at a time, so that memory does not grow with their number.
  ///
  /// - Parameter body: called with each position and its image.
  /// - Throws: `FileError` when the pixels cannot be read; what the body throws.
  public func forEach(_ body: (Int, Image) throws -> Void) throws {
    let file = try HDF5File(reading: path)
    let step = 64
    for start in stride(from: 0, to: indices.count, by: step) {
      let rows = start..<min(start + step, indices.count)
      let pixels = try file.tensor("x", rows: rows).withUnsafeElements { Array($0) }
      for row in rows {
        let first = (row - start) * shape.count
        try body(row, Image(shape: shape, pixels: Array(pixels[first..<first + shape.count])))
      }
    }
  }
}
