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

/// What an attack proposes for an example; the harness judges it again.
public struct Candidate: Hashable, Sendable {
  /// An image in the perturbation set and in [0, 1]: the first misclassified one, or else the one
  /// of the largest objective.
  public var image: Image
  /// Whether the oracle misclassified the image.
  public var isAdversarial: Bool
  /// The largest objective reached; for an attack that minimises the distance, less the distance.
  public var value: Float
  /// Of an attack on the boundary: the distance of the nearest misclassified image that it came
  /// across, inside the set or not.
  public var boundaryDistance: Double?

  /// Creates a candidate.
  ///
  /// - Parameters:
  ///   - image: in the perturbation set and in [0, 1].
  ///   - isAdversarial: whether the oracle misclassified the image.
  ///   - value: the largest objective reached.
  ///   - boundaryDistance: of the nearest misclassified image, from an attack on the boundary.
  public init(
    image: Image, isAdversarial: Bool, value: Float, boundaryDistance: Double? = nil
  ) {
    self.image = image
    self.isAdversarial = isAdversarial
    self.value = value
    self.boundaryDistance = boundaryDistance
  }
}
