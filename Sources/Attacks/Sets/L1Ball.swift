public import Tensors

/// The images whose pixels differ from the clean ones by a bounded sum, in [0, 1].
///
/// Source: Croce & Hein, *Mind the box: l1-APGD for sparse adversarial attacks on image
/// classifiers*, ICML 2021.
public struct L1Ball: PerturbationSet {
  /// How Auto-PGD steps within this set.
  public typealias Control = SparseControl

  /// The norm that bounds the displacement.
  public let norm = Norm.l1
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
  public func withRadius(_ radius: Float) -> L1Ball { L1Ball(radius: radius) }

  /// The nearest image of ball and box together: shrink every displacement by one amount, clip.
  public func project(_ image: Image, around center: Image) -> Image {
    var target = Double(radius)
    var projected = image.clippedToBox()
    var excess = projected.distance(to: center, .l1) - Double(radius)
    // A second round is needed only when the rounding of many pixels added up.
    while excess > 1e-6 * Double(radius) {
      let shrinkage = Float(amountToShrink(image, around: center, to: target))
      projected = image.combined(with: center) { pixel, clean in
        let offset = pixel - clean
        let rest = max(abs(offset) - shrinkage, 0)
        return min(max(clean + (offset < 0 ? -rest : rest), 0), 1)
      }
      excess = projected.distance(to: center, .l1) - Double(radius)
      target = max(target - max(excess, 0), 0)
    }
    return projected
  }

  /// The sign of the gradient on its largest hundredth, of unit ‖·‖₁, as in SLIDE.
  ///
  /// The steepest direction proper would change a single pixel value a step.
  /// Source: Tramèr & Boneh, *Adversarial training and robustness for multiple perturbations*,
  /// NeurIPS 2019, §4.2.
  public func steepest(_ gradient: Image) -> Image { steepest(gradient, keeping: 0.01) }

  /// The sign of the gradient on its largest components, of unit ‖·‖₁.
  ///
  /// - Parameters:
  ///   - gradient: of the function to be increased.
  ///   - fraction: how many of the components stay, from 0 to 1.
  /// - Returns: a displacement; zero where the gradient is zero or not a number.
  func steepest(_ gradient: Image, keeping fraction: Float) -> Image {
    let last = gradient.count - 1
    let place = min(max(Int((1 - fraction) * Float(gradient.count)), 0), last)
    let threshold = gradient.magnitude(atAscendingPlace: place)
    let signs = gradient.map { abs($0) >= threshold ? $0.signOrZero : 0 }
    return Float(1 / (signs.norm(.l1) + 1e-10)) * signs
  }

  /// Pairs of steep pyramids.
  public func squareProposals(around center: Image) -> any SquareProposals {
    PyramidSquares(ball: self, center: center)
  }

  /// A random image at the border of the ball, clipped to [0, 1].
  public func random(around center: Image, using random: inout RandomStream) -> Image {
    let offset = direction(of: center.shape, using: &random)
    return project(center + offset, around: center)
  }

  /// The α for which Σ min(max(|δ| − α, 0), room) is the target, by Newton's method in a bracket.
  ///
  /// The sum is piecewise linear, so the step from within the right piece is exact.
  private func amountToShrink(
    _ image: Image, around center: Image, to target: Double
  ) -> Double {
    let offsets = image.combined(with: center) { abs($0 - $1) }
    let rooms = image.combined(with: center) { $0 > $1 ? 1 - $1 : $1 }
    var low = 0.0
    var high = offsets.norm(.linf)
    var amount = 0.0
    while true {
      let rest = offsets.pairSum(with: rooms) { offset, room in
        let shrunk = offset - amount
        let free = shrunk.replacing(with: 0, where: shrunk .< 0)
        return free.replacing(with: room, where: free .> room)
      }
      if abs(rest - target) <= 1e-10 * target { return amount }
      if rest > target { low = amount } else { high = amount }
      let moving = offsets.pairSum(with: rooms) { offset, room in
        let shrunk = offset - amount
        return SIMD8<Double>.zero.replacing(with: 1, where: (shrunk .> 0) .& (shrunk .<= room))
      }
      let next = amount + (rest - target) / moving
      let middle = (low + high) / 2
      amount = next > low && next < high ? next : middle
      if middle <= low || middle >= high { return high }
    }
  }
}
