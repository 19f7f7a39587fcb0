public import Tensors

/// How the Square attack draws images of a set.
public protocol SquareProposals: Sendable {
  /// The image a run begins with.
  ///
  /// - Parameter random: where the numbers come from.
  /// - Returns: an image of the set.
  func start(using random: inout RandomStream) -> Image

  /// An image with one more random square.
  ///
  /// - Parameters:
  ///   - image: the best so far.
  ///   - share: of the pixels that the square covers.
  ///   - random: where the numbers come from.
  /// - Returns: an image of the set.
  func change(_ image: Image, share: Float, using random: inout RandomStream) -> Image
}
