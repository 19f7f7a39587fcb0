public import Attacks
public import Datasets

extension Dataset {
  /// An image with its label and stable index.
  ///
  /// - Parameter position: from 0 to below ``count``.
  /// - Returns: what attacks take.
  /// - Precondition: the data set has labels.
  public func example(at position: Int) -> Example {
    Example(index: index(at: position), image: image(at: position), label: label(at: position))
  }
}
