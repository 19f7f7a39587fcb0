public import Tensors

/// An image of bytes, channel by channel, on which colour and shape can be changed as Pillow does.
public struct ByteImage: Hashable, Sendable {
  /// Channels × height × width.
  public let shape: FeatureShape
  /// The values, channel by channel, row by row.
  public var bytes: [UInt8]

  /// Creates an image from its bytes.
  ///
  /// - Parameters:
  ///   - shape: the extent.
  ///   - bytes: channel by channel, row by row.
  /// - Precondition: there are as many bytes as the shape says.
  public init(shape: FeatureShape, bytes: [UInt8]) {
    precondition(shape.count == bytes.count, "an image has as many bytes as its shape says")
    self.shape = shape
    self.bytes = bytes
  }

  /// Creates an image from pixels in [0, 1], rounded to the nearest 255th.
  ///
  /// - Parameter image: exact where its pixels were read from bytes.
  public init(_ image: Image) {
    self.init(
      shape: image.shape, bytes: image.pixels.map { UInt8(min(max($0 * 255, 0), 255).rounded()) })
  }

  /// The image with pixels in [0, 1].
  public var image: Image { Image(shape: shape, pixels: bytes.map { Float($0) / 255 }) }

  /// The bytes of a channel.
  func channel(_ channel: Int) -> ArraySlice<UInt8> {
    bytes[channel * shape.area..<(channel + 1) * shape.area]
  }

  /// How often each value occurs in a channel.
  func histogram(of channel: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: 256)
    for byte in self.channel(channel) { counts[Int(byte)] += 1 }
    return counts
  }

  /// The image with every byte replaced according to a table of its channel.
  func mapped(_ table: (_ channel: Int) -> [UInt8]) -> ByteImage {
    var result = self
    for channel in 0..<shape.channels {
      let values = table(channel)
      for position in channel * shape.area..<(channel + 1) * shape.area {
        result.bytes[position] = values[Int(bytes[position])]
      }
    }
    return result
  }

  /// The brightness of every pixel by the weights of ITU-R 601-2, in 16-bit fixed point.
  var luminance: [UInt8] {
    guard shape.channels == 3 else { return Array(channel(0)) }
    let area = shape.area
    return (0..<area).map { position in
      let red = 19595 * Int(bytes[position])
      let green = 38470 * Int(bytes[area + position])
      let blue = 7471 * Int(bytes[2 * area + position])
      return UInt8((red + green + blue + 0x8000) >> 16)
    }
  }
}
