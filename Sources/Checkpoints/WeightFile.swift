public import Tensors

/// Named tensors from a file that holds no network, or holds one elsewhere.
public struct WeightFile: Sendable {
  /// The tensors in the file's order; no name occurs twice.
  public var tensors: [(name: String, tensor: Tensor)]
  /// What the file says besides, in words.
  public var metadata: [String: String]

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
