internal import Attacks
internal import Execution
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
  ///
  /// - Parameters:
  ///   - images: of a step, or a rank's share of them.
  ///   - first: the row of the first.
  /// - Returns: perturbed images.
  func added(to images: [Image], from first: Int) -> [Image] {
    images.enumerated().map { place, image in image + row(first + place, of: image.shape) }
  }

  /// Moves every image's row along the gradient there; rows beyond the batch stay.
  ///
  /// - Parameters:
  ///   - share: the rows that are moved.
  ///   - gradient: `[rows of the share, channels, height, width]`, at the perturbed images.
  ///   - length: of the step, in pixel units.
  ///   - images: the clean ones, of all rows.
  ///   - set: what bounds perturbations.
  mutating func move(
    _ share: Range<Int>, along gradient: Tensor, by length: Float, at images: [Image],
    within set: any PerturbationSet
  ) {
    for row in share {
      let image = images[row]
      let slope = Self.row(row - share.lowerBound, of: gradient, image.shape)
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

  /// Fetches the rows that other ranks have moved.
  mutating func complete(_ share: Range<Int>, over ranks: any Ranks) {
    if ranks.count == 1 { return }
    let pixels = tensor.count / max(tensor.shape[0], 1)
    let own = tensor.withUnsafeElements { elements in
      elements[share.lowerBound * pixels..<share.upperBound * pixels].map { Double($0) }
    }
    tensor.withUnsafeMutableElements { elements in
      for (place, value) in ranks.exchange(own).joined().enumerated() {
        elements[place] = Float(value)
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
