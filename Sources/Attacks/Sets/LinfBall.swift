public import Tensors

/// The images whose every pixel is within the radius of the clean one, in [0, 1].
public struct LinfBall: PerturbationSet {
  /// How Auto-PGD steps within this set.
  public typealias Control = MomentumControl<LinfBall>

  /// The norm that bounds the displacement.
  public let norm = Norm.linf
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
  public func withRadius(_ radius: Float) -> LinfBall { LinfBall(radius: radius) }

  /// The image, each pixel brought into its interval around the center and then into [0, 1].
  public func project(_ image: Image, around center: Image) -> Image {
    let radius = radius
    return image.combined(with: center) {
      min(max(min(max($0, $1 - radius), $1 + radius), 0), 1)
    }
  }

  /// The sign of every component.
  public func steepest(_ gradient: Image) -> Image { gradient.map { $0.signOrZero } }

  /// Stripes, then squares of one color.
  public func squareProposals(around center: Image) -> any SquareProposals {
    StripesAndSquares(radius: radius, center: center)
  }

  /// Components uniformly distributed between −1 and 1.
  public func direction(of shape: FeatureShape, using random: inout RandomStream) -> Image {
    random.image(shape: shape) { $0.uniform(in: -1..<1) }
  }

  /// Components uniformly distributed up to the radius.
  public func displacement(of shape: FeatureShape, using random: inout RandomStream) -> Image {
    radius * direction(of: shape, using: &random)
  }

  /// Every component brought into its interval.
  public func shortened(_ displacement: Image) -> Image {
    let radius = radius
    return displacement.map { min(max($0, -radius), radius) }
  }

  /// A random image at the border of the ball, clipped to [0, 1].
  public func random(around center: Image, using random: inout RandomStream) -> Image {
    let direction = direction(of: center.shape, using: &random)
    let factor = Float(Double(radius) / (direction.norm(.linf) + 1e-12))
    return project(center.combined(with: direction) { $0 + factor * $1 }, around: center)
  }
}

extension Float {
  /// −1, 0 or 1; zero for NaN.
  @inline(__always)
  var signOrZero: Float { self > 0 ? 1 : self < 0 ? -1 : 0 }
}
