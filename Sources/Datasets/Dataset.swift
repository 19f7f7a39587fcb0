public import Files
public import Tensors

/// Labelled images for an evaluation or for training.
///
/// Images are kept as they lie in the file, one byte a pixel where the file has bytes, and decoded
/// one at a time. Every image has a stable index, its position in the published set, which names it
/// in ledgers and seeds its random numbers.
public struct Dataset: Sendable {
  /// For instance `cifar10`; for an array file its `name` attribute or its stem.
  public let name: String
  /// The extent of every image.
  public let shape: FeatureShape
  /// The number of classes.
  public let classes: Int
  /// One name a class; empty when unknown.
  public let classNames: [String]
  /// The files read, for the report.
  public let files: [String]
  /// Whether this is the small sample that comes with the program.
  public let isSample: Bool
  /// Sentences for the report when the set is not complete, or something about it was guessed.
  public let note: String?

  private let pixels: PixelStorage
  private let labels: [Int]?
  private let indices: [Int]

  /// Joins the parts of a data set after checking them.
  init(
    _ description: DatasetDescription, pixels: PixelStorage, labels: [Int]?, indices: [Int],
    files: [String]
  ) throws(FileError) {
    precondition(
      labels.map { $0.count == indices.count } ?? true, "every image has a label and an index")
    let path = files.last ?? description.name
    guard !indices.isEmpty else {
      throw FileError(path, problem: "it holds no image; export the data set again")
    }
    if let labels { try Self.check(labels: labels, classes: description.classes, path: path) }
    try Self.check(indices: indices, path: path)
    try pixels.check(shape: description.shape, indices: indices, path: files.first ?? path)
    name = description.name
    shape = description.shape
    classes = description.classes
    classNames = description.classNames
    isSample = description.isSample
    note = description.note(count: indices.count)
    self.files = files
    self.pixels = pixels
    self.labels = labels
    self.indices = indices
  }

  /// Creates a data set from images in memory.
  ///
  /// - Parameters:
  ///   - name: for reports.
  ///   - classes: the number of classes.
  ///   - images: at least one, all of one shape, pixels in [0, 1].
  ///   - labels: the true class of every image.
  /// - Throws: `FileError` when a pixel is outside [0, 1] or a label is no class.
  /// - Precondition: there is a label for every image, and shapes are the same.
  public init(
    name: String, classes: Int, images: [Image], labels: [Int]
  ) throws(FileError) {
    let shape = images.first?.shape ?? FeatureShape(channels: 1)
    precondition(images.allSatisfy { $0.shape == shape }, "all images have one shape")
    try self.init(
      DatasetDescription(name: name, shape: shape, classes: classes),
      pixels: .floats(
        Tensor(
          shape: [images.count, shape.channels, shape.height, shape.width],
          elements: images.flatMap(\.pixels))),
      labels: labels, indices: Array(images.indices), files: [])
  }

  /// The number of images.
  public var count: Int { indices.count }

  /// Whether the classes of the images are known; only what asks for no labels reads such sets.
  public var hasLabels: Bool { labels != nil }

  /// An image, decoded in O(pixels).
  ///
  /// - Parameter position: from 0 to below ``count``.
  /// - Returns: pixels in [0, 1]; a byte b becomes b/255 by float32 division.
  public func image(at position: Int) -> Image {
    Image(shape: shape, pixels: pixels.decoded(position, count: shape.count))
  }

  /// The true class of an image.
  ///
  /// - Parameter position: from 0 to below ``count``.
  /// - Returns: from 0 to below ``classes``.
  /// - Precondition: ``hasLabels``.
  public func label(at position: Int) -> Int {
    guard let labels else { preconditionFailure("the data set has labels") }
    return labels[position]
  }

  /// The stable index of an image.
  ///
  /// - Parameter position: from 0 to below ``count``.
  /// - Returns: the position of the image in the published set.
  public func index(at position: Int) -> Int { indices[position] }
}

extension Dataset {
  /// The positions of all images by their stable indices.
  ///
  /// O(count).
  public var positionsByIndex: [Int: Int] {
    Dictionary(uniqueKeysWithValues: indices.enumerated().map { ($1, $0) })
  }

  /// A checksum of what an evaluation sees, whatever the file's format or compression.
  ///
  /// The SHA-256 of one line an image: stable index, label (where there are
  /// any) and the SHA-256 of its pixels as little-endian float32, separated by spaces. O(pixels).
  public var sha256: String {
    var lines: [UInt8] = []
    for position in 0..<count {
      let words = image(at: position).pixels.map { $0.bitPattern.littleEndian }
      let bytes = words.withUnsafeBytes { Array($0) }
      let label = labels.map { "\($0[position]) " } ?? ""
      let line = "\(index(at: position)) \(label)\(Digest.sha256(of: bytes))\n"
      lines.append(contentsOf: line.utf8)
    }
    return Digest.sha256(of: lines)
  }

  private static func check(labels: [Int], classes: Int, path: String) throws(FileError) {
    guard let wrong = labels.firstIndex(where: { !(0..<classes).contains($0) }) else { return }
    throw FileError(
      path, "label of record \(wrong)",
      problem: "it is \(labels[wrong]), expected 0…\(classes - 1); check that this is the right "
        + "data set and that the file is whole")
  }

  private static func check(indices: [Int], path: String) throws(FileError) {
    var seen: Set<Int> = []
    for (record, index) in indices.enumerated() {
      guard index >= 0, seen.insert(index).inserted else {
        throw FileError(
          path, "index of record \(record)",
          problem: "it is \(index), expected a number from 0 that no other image has; store the "
            + "positions in the published test set")
      }
    }
  }
}
