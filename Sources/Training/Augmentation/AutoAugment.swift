public import Tensors

/// The augmentation policy that was found for CIFAR-10 by search.
///
/// Source: E. D. Cubuk et al., *AutoAugment*, 2019, table 7 of the appendix; magnitudes as in the
/// widely used PyTorch implementation.
public enum AutoAugment {
  /// One kind of change.
  public enum Operation: String, Hashable, Sendable, CaseIterable {
    /// Rows moved in proportion to their number.
    case shearX
    /// Columns moved in proportion to their number.
    case shearY
    /// Columns moved.
    case translateX
    /// Rows moved.
    case translateY
    /// Turned about the middle.
    case rotate
    /// Colourfulness.
    case color
    /// Fewer bits.
    case posterize
    /// Light pixels inverted.
    case solarize
    /// Contrast.
    case contrast
    /// Sharpness.
    case sharpness
    /// Brightness.
    case brightness
    /// Channels stretched to the full range.
    case autoContrast
    /// Channels' values spread evenly.
    case equalize
    /// Inverted.
    case invert
  }

  /// A change that is made with some probability.
  struct Chance: Sendable {
    var operation: Operation
    var probability: Float
    var magnitude: Int

    init(_ operation: Operation, _ probability: Float, _ magnitude: Int = 0) {
      self.operation = operation
      self.probability = probability
      self.magnitude = magnitude
    }
  }

  /// One of the 25 pairs of changes, applied by chance.
  ///
  /// - Parameters:
  ///   - image: what is changed.
  ///   - random: chooses pair, chances and directions.
  /// - Returns: the changed image.
  public static func applied(to image: ByteImage, random: inout RandomStream) -> ByteImage {
    var image = image
    let pair = policy[random.below(policy.count)]
    for chance in [pair.0, pair.1] {
      let happens = random.uniform() < chance.probability
      let sign = Double(random.sign())
      guard happens else { continue }
      image = apply(chance.operation, magnitude: chance.magnitude, sign: sign, to: image)
    }
    return image
  }

  /// An image after one change.
  ///
  /// - Parameters:
  ///   - operation: what is done.
  ///   - magnitude: how much, from 0 to 9.
  ///   - sign: −1 or +1: the direction, where the change has one.
  ///   - image: what is changed.
  /// - Returns: the changed image.
  public static func apply(
    _ operation: Operation, magnitude: Int, sign: Double, to image: ByteImage
  ) -> ByteImage {
    let share = Double(magnitude) / 9
    let factor = 1 + sign * 0.9 * share
    return switch operation {
    case .shearX: image.shearedHorizontally(by: sign * 0.3 * share)
    case .shearY: image.shearedVertically(by: sign * 0.3 * share)
    case .translateX:
      image.translatedHorizontally(by: sign * 150 / 331 * share * Double(image.shape.width))
    case .translateY:
      image.translatedVertically(by: sign * 150 / 331 * share * Double(image.shape.height))
    case .rotate: image.rotated(degrees: sign * 30 * share)
    case .color: image.colored(factor)
    case .posterize: image.posterized(bits: Int((8 - 4 * share).rounded(.toNearestOrEven)))
    case .solarize: image.solarized(from: 256 * (1 - share))
    case .contrast: image.contrasted(factor)
    case .sharpness: image.sharpened(factor)
    case .brightness: image.brightened(factor)
    case .autoContrast: image.stretched()
    case .equalize: image.equalized()
    case .invert: image.inverted()
    }
  }

  /// Table 7.
  static let policy: [(Chance, Chance)] = [
    (.init(.invert, 0.1), .init(.contrast, 0.2, 6)),
    (.init(.rotate, 0.7, 2), .init(.translateX, 0.3, 9)),
    (.init(.sharpness, 0.8, 1), .init(.sharpness, 0.9, 3)),
    (.init(.shearY, 0.5, 8), .init(.translateY, 0.7, 9)),
    (.init(.autoContrast, 0.5), .init(.equalize, 0.9)),
    (.init(.shearY, 0.2, 7), .init(.posterize, 0.3, 7)),
    (.init(.color, 0.4, 3), .init(.brightness, 0.6, 7)),
    (.init(.sharpness, 0.3, 9), .init(.brightness, 0.7, 9)),
    (.init(.equalize, 0.6), .init(.equalize, 0.5)),
    (.init(.contrast, 0.6, 7), .init(.sharpness, 0.6, 5)),
    (.init(.color, 0.7, 7), .init(.translateX, 0.5, 8)),
    (.init(.equalize, 0.3), .init(.autoContrast, 0.4)),
    (.init(.translateY, 0.4, 3), .init(.sharpness, 0.2, 6)),
    (.init(.brightness, 0.9, 6), .init(.color, 0.2, 8)),
    (.init(.solarize, 0.5, 2), .init(.invert, 0)),
    (.init(.equalize, 0.2), .init(.autoContrast, 0.6)),
    (.init(.equalize, 0.2), .init(.equalize, 0.6)),
    (.init(.color, 0.9, 9), .init(.equalize, 0.6)),
    (.init(.autoContrast, 0.8), .init(.solarize, 0.2, 8)),
    (.init(.brightness, 0.1, 3), .init(.color, 0.7, 0)),
    (.init(.solarize, 0.4, 5), .init(.autoContrast, 0.9)),
    (.init(.translateY, 0.9, 9), .init(.translateY, 0.7, 9)),
    (.init(.autoContrast, 0.9), .init(.solarize, 0.8, 3)),
    (.init(.equalize, 0.8), .init(.invert, 0.1)),
    (.init(.translateY, 0.7, 9), .init(.autoContrast, 0.9)),
  ]
}
