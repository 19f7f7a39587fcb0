internal import Attacks
public import Tensors

/// The perturbations that one step hands to the next, a row a place in the batch.
///
/// Source: Shafahi et al., *Adversarial training for free!*, 2019.
public struct CarriedPerturbation: Sendable, Equatable {
  /// `[batch, channels, height, width]`, in pixel units.
  public var tensor: Tensor

  /// Takes up perturbations.
  ///
  /// - Parameter tensor: `[batch, channels, height, width]`, in pixel units.
  public init(_ tensor: Tensor) { self.tensor = tensor }

  /// Perturbs nothing.
  init(batch: Int, shape: FeatureShape) {
    tensor = Tensor(shape: [batch, shape.channels, shape.height, shape.width])
  }

  /// Images with their rows added; what lies outside [0, 1] stays there, as published.
  func added(to images: [Image]) -> [Image] {
    images.enumerated().map { row, image in image + self.row(row, of: image.shape) }
  }

  /// Moves every image's row along the gradient there; rows beyond the batch stay.
  ///
  /// - Parameters:
  ///   - gradient: `[images, channels, height, width]` or more, at the perturbed images.
  ///   - length: of the step, in pixel units.
  ///   - images: the clean ones.
  ///   - set: what bounds perturbations.
  mutating func move(
    along gradient: Tensor, by length: Float, at images: [Image], within set: any PerturbationSet
  ) {
    for (row, image) in images.enumerated() {
      let slope = Self.row(row, of: gradient, image.shape)
      let moved = self.row(row, of: image.shape).combined(with: set.steepest(slope)) {
        $0 + length * $1
      }
      let bounded = set.shortened(moved).combined(with: image) { min(max($0, -$1), 1 - $1) }
      tensor.withUnsafeMutableElements { elements in
        for (position, value) in bounded.pixels.enumerated() {
          elements[row * image.shape.count + position] = value
        }
      }
    }
  }

  private func row(_ row: Int, of shape: FeatureShape) -> Image { Self.row(row, of: tensor, shape) }

  private static func row(_ row: Int, of tensor: Tensor, _ shape: FeatureShape) -> Image {
    Image(
      shape: shape,
      pixels: tensor.withUnsafeElements { Array($0[row * shape.count..<(row + 1) * shape.count]) })
  }
}
