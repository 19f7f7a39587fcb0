public import Tensors

/// What is done to a training image before a network sees it.
public enum Augmentation: String, Hashable, Sendable, Codable, CaseIterable {
  /// Nothing.
  case none
  /// A crop out of the image with four rows and columns of zeros around it, mirrored half of the
  /// time.
  case cropAndFlip = "crop-flip"
  /// Crop and mirror, then ``AutoAugment``.
  case autoAugment = "autoaugment"

  /// How many rows and columns of zeros are put around an image.
  static let margin = 4

  /// An augmented image.
  ///
  /// - Parameters:
  ///   - image: pixels in [0, 1].
  ///   - random: decides; its own for every image and epoch, so that neither order nor interruption
  ///     matters.
  /// - Returns: an image of the same shape.
  public func applied(to image: Image, random: RandomStream) -> Image {
    var random = random
    switch self {
    case .none: return image
    case .cropAndFlip: return Self.cropped(image, random: &random)
    case .autoAugment:
      let cropped = Self.cropped(image, random: &random)
      return AutoAugment.applied(to: ByteImage(cropped), random: &random).image
    }
  }

  /// Four rotations, each cropped in its own way; the image is mirrored before half of the time.
  func views(of image: Image, random: RandomStream) -> [Image] {
    if self == .none { return Rotations.all(of: [image]) }
    var random = random
    let mirrored = Self.cropped(image, down: 0, right: 0, mirrored: random.sign() > 0)
    return (0..<Rotations.count).map { quarters in
      let down = random.below(2 * Self.margin + 1) - Self.margin
      let right = random.below(2 * Self.margin + 1) - Self.margin
      return Self.cropped(mirrored.turned(quarters), down: down, right: right, mirrored: false)
    }
  }

  private static func cropped(_ image: Image, random: inout RandomStream) -> Image {
    let down = random.below(2 * margin + 1) - margin
    let right = random.below(2 * margin + 1) - margin
    return cropped(image, down: down, right: right, mirrored: random.sign() > 0)
  }

  /// The image moved up and to the left, zeros where it ends, then perhaps mirrored.
  static func cropped(_ image: Image, down: Int, right: Int, mirrored: Bool) -> Image {
    let shape = image.shape
    var result = [Float](repeating: 0, count: image.count)
    for channel in 0..<shape.channels {
      for row in 0..<shape.height where (0..<shape.height).contains(row + down) {
        for column in 0..<shape.width where (0..<shape.width).contains(column + right) {
          let source = (channel * shape.height + row + down) * shape.width + column + right
          let place = mirrored ? shape.width - 1 - column : column
          result[(channel * shape.height + row) * shape.width + place] = image.pixels[source]
        }
      }
    }
    return Image(shape: shape, pixels: result)
  }
}
