import Files
public import Tensors

/// Named tensors from a file that holds no network, or holds one elsewhere.
public struct WeightFile: Sendable {
  /// The tensors in the file's order; no name occurs twice.
  public var tensors: [(name: String, tensor: Tensor)]
  /// What the file says besides, in words.
  public var metadata: [String: String]
  /// The names of the tensors that the file stores as whole numbers.
  var wholeNumbers: [String] = []

  /// Creates the contents of a file.
  ///
  /// - Parameters:
  ///   - tensors: in the file's order.
  ///   - metadata: what the file says besides.
  public init(tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }
}

extension WeightFile {
  /// Refuses codes of quantised weights, indices and the like, which say nothing by themselves.
  ///
  /// - Parameter path: the file.
  /// - Throws: ``FileError`` when a tensor holds whole numbers, single ones and counters aside.
  func refuseWholeNumbers(_ path: String) throws(FileError) {
    let names = Set(wholeNumbers)
    let found = tensors.first { name, tensor in
      names.contains(name) && !tensor.shape.isEmpty && !ParameterNames.isUnused(name)
    }
    if let found { throw Self.wholeNumbers(path, found.name) }
  }

  static func wholeNumbers(_ path: String, _ name: String) -> FileError {
    FileError(
      path, name,
      problem: "holds whole numbers, but weights are floating-point; store what they stand for as "
        + "float32")
  }
}
