internal import Files
internal import Tensors

/// What a teacher says of every training image, for runs that never change an image.
struct TeacherLogits: Sendable {
  /// What the numbers depend on.
  struct Key: Hashable, Sendable {
    /// The SHA-256 of the teacher's checkpoint.
    var teacher: String
    /// The checksum of the images.
    var images: String
    /// What computes.
    var backend: String
  }

  private let rows: [Int: Int]
  private let indices: [Int]
  private let tensor: Tensor

  /// Joins images and what is said of them.
  ///
  /// - Parameters:
  ///   - indices: of the images, each once.
  ///   - logits: as many rows of one length.
  init(indices: [Int], logits: [[Float]]) {
    precondition(indices.count == logits.count, "the teacher says something of every image")
    self.init(
      indices: indices,
      tensor: Tensor(shape: [logits.count, logits.first?.count ?? 0], elements: logits.joined()))
  }

  private init(indices: [Int], tensor: Tensor) {
    self.indices = indices
    self.tensor = tensor
    rows = Dictionary(uniqueKeysWithValues: indices.enumerated().map { ($1, $0) })
  }

  /// The logits of images, a row an image; nil if one of them is not known.
  func logits(of indices: [Int]) -> [[Double]]? {
    let classes = tensor.shape[1]
    var result: [[Double]] = []
    for index in indices {
      guard let row = rows[index] else { return nil }
      result.append((row * classes..<(row + 1) * classes).map { Double(tensor[$0]) })
    }
    return result
  }
}

extension TeacherLogits {
  private static let format = "robtrain-teacher-logits"

  private var checksum: String {
    tensor.withUnsafeElements { elements in
      Digest.sha256(
        of: elements.flatMap { element in
          withUnsafeBytes(of: element.bitPattern.littleEndian) { Array($0) }
        })
    }
  }

  /// Writes the numbers as HDF5, replacing the file as a whole.
  func write(to path: String, _ key: Key) throws(FileError) {
    let writer = try HDF5Writer(creating: path)
    try writer.setAttribute("format", to: Self.format)
    try writer.setAttribute("teacher", to: key.teacher)
    try writer.setAttribute("images", to: key.images)
    try writer.setAttribute("backend", to: key.backend)
    try writer.setAttribute("sha256", to: checksum)
    try writer.write(indices.map { Int64($0) }, shape: [indices.count], to: "index")
    try writer.write(tensor, to: "logits")
    try writer.finish()
  }

  /// Reads numbers that were made from the same.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - key: what they must have been made from.
  ///   - indices: of the images they must be of, in this order.
  /// - Throws: `FileError` when the file is damaged or of something else.
  init(reading path: String, _ key: Key, of indices: [Int]) throws(FileError) {
    let file = try HDF5File(reading: path)
    guard try file.string(attribute: "format") == Self.format else {
      throw FileError(path, problem: "does not hold a teacher's logits")
    }
    let expected = [("teacher", key.teacher), ("images", key.images), ("backend", key.backend)]
    for (name, value) in expected where try file.string(attribute: name) != value {
      throw FileError(path, name, problem: "is another one than this run's")
    }
    let tensor = try file.tensor("logits")
    guard tensor.shape.count == 2, tensor.shape[0] == indices.count,
      try file.integers("index") == indices.map({ Int64($0) })
    else {
      throw FileError(path, "index", problem: "names other images than this run's")
    }
    self.init(indices: indices, tensor: tensor)
    guard try file.string(attribute: "sha256") == checksum else {
      throw FileError(path, "logits", problem: "are damaged")
    }
  }
}
