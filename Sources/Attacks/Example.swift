public import Tensors

/// One image of a data set with its true class.
public struct Example: Hashable, Sendable {
  /// The position in the data set; never changes, whatever subset is evaluated.
  public var index: Int
  /// The clean image, pixels in [0, 1].
  public var image: Image
  /// The true class.
  public var label: Int

  /// Creates an example.
  ///
  /// - Parameters:
  ///   - index: the position in the data set.
  ///   - image: pixels in [0, 1].
  ///   - label: the true class.
  public init(index: Int, image: Image, label: Int) {
    self.index = index
    self.image = image
    self.label = label
  }
}
