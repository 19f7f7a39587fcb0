internal import Files
internal import Foundation
package import Tensors

/// An image as PNG.
///
/// Pixels are stored and not compressed, because a verification makes pages again and compares their
/// bytes, and two versions of a compressor give two streams; noise would hardly shrink anyway.
package struct PNGPicture {
  /// The file.
  package let bytes: [UInt8]

  /// Rounds an image to 8 bits; nil where it has neither one channel nor three.
  package init?(_ image: Image) {
    let shape = image.shape
    guard shape.channels == 1 || shape.channels == 3 else { return nil }
    var rows: [UInt8] = []
    for row in 0..<shape.height {
      rows.append(0)  // no filter
      for column in 0..<shape.width {
        for channel in 0..<shape.channels {
          let place = (channel * shape.height + row) * shape.width + column
          rows.append(UInt8((min(max(image.pixels[place], 0), 1) * 255).rounded()))
        }
      }
    }
    let head =
      Self.word(UInt32(shape.width)) + Self.word(UInt32(shape.height))
      + [8, shape.channels == 1 ? 0 : 2, 0, 0, 0]
    bytes =
      [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + Self.chunk("IHDR", head)
      + Self.chunk("IDAT", Self.stored(rows)) + Self.chunk("IEND", [])
  }

  /// For the source of an image element.
  var address: String { "data:image/png;base64," + Data(bytes).base64EncodedString() }

  private static func chunk(_ name: String, _ contents: [UInt8]) -> [UInt8] {
    let checked = Array(name.utf8) + contents
    return word(UInt32(contents.count)) + checked + word(Digest.crc32(of: checked[...]))
  }

  /// A zlib stream of stored blocks.
  ///
  /// Source: RFC 1950 and RFC 1951, section 3.2.4.
  private static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: bytes.count, by: 65535) {
      let block = bytes[start..<min(start + 65535, bytes.count)]
      let (low, high) = (UInt8(block.count & 0xff), UInt8(block.count >> 8))
      stream.append(block.endIndex == bytes.count ? 1 : 0)
      stream += [low, high, ~low, ~high] + block
    }
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      a = (a + UInt32(byte)) % 65521
      b = (b + a) % 65521
    }
    return stream + word(b << 16 | a)
  }

  private static func word(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(value >> $0 & 0xff) }
  }
}
