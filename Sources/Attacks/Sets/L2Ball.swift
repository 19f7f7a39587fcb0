public import Tensors

/// The images within a Euclidean distance of the clean one, in [0, 1].
public struct L2Ball: PerturbationSet {
  /// How Auto-PGD steps within this set.
  public typealias Control = MomentumControl<L2Ball>

  /// The norm that bounds the displacement.
  public let norm = Norm.l2
  /// The largest displacement allowed, in pixel units.
  public let radius: Float

  /// Creates a ball.
  ///
  /// - Parameter radius: not negative, in pixel units.
  public init(radius: Float) {
    precondition(radius >= 0, "a radius is not negative")
    self.radius = radius
  }

  /// The same kind of set with another radius.
  public func withRadius(_ radius: Float) -> L2Ball { L2Ball(radius: radius) }

  /// The image rescaled toward the center and then clipped, as AutoAttack does it.
  ///
  /// That is in the set but, where pixels are clipped, not its nearest point.
  public func project(_ image: Image, around center: Image) -> Image {
    var length = image.distance(to: center, .l2)
    var projected = image.clippedToBox()
    var factor = 1.0
    // A second round is needed only when rounding pushed a tiny displacement outside again.
    while length > Double(radius) * (1 + 1e-6) {
      factor *= Double(radius) / length
      let scale = Float(factor)
      projected = image.combined(with: center) { min(max($1 + scale * ($0 - $1), 0), 1) }
      length = projected.distance(to: center, .l2)
    }
    return projected
  }

  /// The gradient scaled to unit length.
  public func steepest(_ gradient: Image) -> Image {
    let length = gradient.norm(.l2)
    guard length.isFinite else { return gradient.map { _ in 0 } }
    return Float(1 / (length + 1e-12)) * gradient
  }

  /// Pairs of pyramids.
  public func squareProposals(around center: Image) -> any SquareProposals {
    PyramidSquares(ball: self, center: center)
  }

  /// A random image at the border of the ball, clipped to [0, 1].
  public func random(around center: Image, using random: inout RandomStream) -> Image {
    let direction = direction(of: center.shape, using: &random)
    let factor = Float(Double(radius) / (direction.norm(.l2) + 1e-12))
    return project(center.combined(with: direction) { $0 + factor * $1 }, around: center)
  }
}
