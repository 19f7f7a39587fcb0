/// One image or one gradient with respect to an image: channel-major pixels.
///
/// Images hold pixels in [0, 1]; gradients and displacements any value.
public struct Image: Hashable, Sendable {
  /// Channels × height × width.
  public let shape: FeatureShape
  /// The values, channel by channel, row by row.
  public var pixels: [Float]

  /// Creates an image from its pixels.
  ///
  /// - Parameters:
  ///   - shape: the extent.
  ///   - pixels: channel by channel, row by row.
  /// - Precondition: there are as many pixels as the shape says.
  @inlinable
  public init(shape: FeatureShape, pixels: [Float]) {
    precondition(shape.count == pixels.count, "an image has as many pixels as its shape says")
    self.shape = shape
    self.pixels = pixels
  }

  /// Creates an image of one value.
  ///
  /// - Parameters:
  ///   - shape: the extent.
  ///   - value: what every pixel becomes.
  @inlinable
  public init(shape: FeatureShape, repeating value: Float) {
    self.init(shape: shape, pixels: [Float](repeating: value, count: shape.count))
  }

  /// The number of pixel values.
  @inlinable
  public var count: Int { pixels.count }

  /// The pixelwise result of a function.
  ///
  /// - Parameter transform: from one pixel to its new value.
  /// - Returns: an image of the same shape. O(n).
  @inlinable
  public func map(_ transform: (Float) -> Float) -> Image {
    Image(
      shape: shape,
      pixels: [Float](unsafeUninitializedCapacity: count) { result, initialized in
        pixels.withUnsafeBufferPointer { own in
          for i in 0..<own.count { result[i] = transform(own[i]) }
        }
        initialized = count
      })
  }

  /// The pixelwise result of a function of two images.
  ///
  /// - Parameters:
  ///   - other: an image of the same shape.
  ///   - transform: from a pixel of each to the new value.
  /// - Returns: an image of the same shape. O(n).
  @inlinable
  public func combined(with other: Image, _ transform: (Float, Float) -> Float) -> Image {
    precondition(other.count == count, "images combine pixel by pixel")
    return Image(
      shape: shape,
      pixels: [Float](unsafeUninitializedCapacity: count) { result, initialized in
        pixels.withUnsafeBufferPointer { own in
          other.pixels.withUnsafeBufferPointer { theirs in
            for i in 0..<own.count { result[i] = transform(own[i], theirs[i]) }
          }
        }
        initialized = count
      })
  }

  /// The displacement from another image to this one.
  @inlinable
  public static func - (left: Image, right: Image) -> Image { left.combined(with: right, -) }

  /// The pixelwise sum.
  @inlinable
  public static func + (left: Image, right: Image) -> Image { left.combined(with: right, +) }

  /// Every pixel times a factor.
  @inlinable
  public static func * (factor: Float, image: Image) -> Image { image.map { factor * $0 } }

  /// The image with every pixel brought into [0, 1].
  @inlinable
  public func clippedToBox() -> Image { map { min(max($0, 0), 1) } }
}
