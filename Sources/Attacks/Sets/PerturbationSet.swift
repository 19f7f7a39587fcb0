public import Tensors

/// The images an attack may choose from: a ball around the clean image, within [0, 1].
public protocol PerturbationSet: Sendable {
  /// How Auto-PGD steps within this set.
  associatedtype Control: AscentControl where Control.Domain == Self

  /// The norm that bounds the displacement.
  var norm: Norm { get }

  /// The largest displacement allowed, in pixel units.
  var radius: Float { get }

  /// The same kind of set with another radius.
  ///
  /// - Parameter radius: not negative.
  /// - Returns: the set.
  func withRadius(_ radius: Float) -> Self

  /// An image of the set, near the given one.
  ///
  /// - Parameters:
  ///   - image: any image.
  ///   - center: the clean image, in [0, 1].
  /// - Returns: the image itself when it is in the set.
  func project(_ image: Image, around center: Image) -> Image

  /// The direction of unit length in which a linear function grows fastest.
  ///
  /// - Parameter gradient: of the function.
  /// - Returns: a displacement; zero where the gradient is zero or not a number.
  func steepest(_ gradient: Image) -> Image

  /// A random image, where AutoAttack starts its runs: mostly at the border of the ball.
  ///
  /// - Parameters:
  ///   - center: the clean image, in [0, 1].
  ///   - random: where the numbers come from.
  /// - Returns: an image of the set.
  func random(around center: Image, using random: inout RandomStream) -> Image

  /// A random direction, as AutoAttack draws them.
  ///
  /// - Parameters:
  ///   - shape: of the images.
  ///   - random: where the numbers come from.
  /// - Returns: a displacement of any length but zero.
  func direction(of shape: FeatureShape, using random: inout RandomStream) -> Image

  /// A random displacement of any length up to the radius.
  ///
  /// - Parameters:
  ///   - shape: of the images.
  ///   - random: where the numbers come from.
  /// - Returns: a displacement in the ball, which may lead out of [0, 1].
  func displacement(of shape: FeatureShape, using random: inout RandomStream) -> Image

  /// A displacement brought into the ball, whatever it does to pixels' range.
  ///
  /// - Parameter displacement: of any length.
  /// - Returns: a displacement of at most the radius.
  func shortened(_ displacement: Image) -> Image

  /// The shortest displacement that brings a point onto a hyperplane without leaving [0, 1].
  ///
  /// Source: Croce & Hein, *Minimally distorted adversarial examples with a fast adaptive boundary
  /// attack*, ICML 2020, §3.1 and appendix A.
  ///
  /// - Parameters:
  ///   - point: in [0, 1].
  ///   - plane: what to reach.
  /// - Returns: the displacement; the one into the nearest corner when the plane misses the box.
  func displacement(from point: Image, to plane: Hyperplane) -> Image

  /// How the Square attack draws images of this set.
  ///
  /// - Parameter center: the clean image, in [0, 1].
  /// - Returns: the proposals.
  func squareProposals(around center: Image) -> any SquareProposals
}

extension PerturbationSet {
  /// Normally distributed components.
  public func direction(of shape: FeatureShape, using random: inout RandomStream) -> Image {
    random.image(shape: shape) { $0.normal() }
  }

  /// A random direction, then a length uniformly distributed up to the radius.
  public func displacement(of shape: FeatureShape, using random: inout RandomStream) -> Image {
    let direction = direction(of: shape, using: &random)
    let length = random.uniform() * radius
    return Float(Double(length) / (direction.norm(norm) + 1e-12)) * direction
  }

  /// The displacement rescaled when it is longer than the radius.
  public func shortened(_ displacement: Image) -> Image {
    let length = displacement.norm(norm)
    return length > Double(radius)
      ? Float(Double(radius) / length) * displacement : displacement
  }

  /// How far outside the radius rounding may leave an image, in pixel units.
  public var tolerance: Double {
    switch norm {
    case .linf, .l2: 1e-6
    case .l1: 1e-5
    }
  }

  /// The length of the displacement between two images in this set's norm.
  ///
  /// - Parameters:
  ///   - image: where the displacement ends.
  ///   - center: where it begins.
  /// - Returns: the length, in double precision.
  public func distance(of image: Image, from center: Image) -> Double {
    image.distance(to: center, norm)
  }

  /// Whether an image lies within the radius, up to ``tolerance``, and in [0, 1].
  ///
  /// - Parameters:
  ///   - image: any image; one with NaN pixels is not in the set.
  ///   - center: the clean image.
  /// - Returns: whether it is in the set.
  public func contains(_ image: Image, around center: Image) -> Bool {
    distance(of: image, from: center) <= Double(radius) + tolerance
      && image.pixels.allSatisfy { $0 >= 0 && $0 <= 1 }
  }
}

extension Norm {
  /// The set of images that are close in this norm.
  ///
  /// - Parameter radius: not negative, in pixel units.
  /// - Returns: ``LinfBall``, ``L2Ball`` or ``L1Ball``.
  public func ball(radius: Float) -> any PerturbationSet {
    switch self {
    case .linf: LinfBall(radius: radius)
    case .l2: L2Ball(radius: radius)
    case .l1: L1Ball(radius: radius)
    }
  }
}
