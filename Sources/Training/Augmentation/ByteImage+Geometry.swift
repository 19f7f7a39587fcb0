internal import Foundation
internal import Tensors

/// Changes of place, byte for byte those of Pillow's `Image.transform` and `Image.rotate`.
extension ByteImage {
  /// What is put where the image does not reach after shearing and turning.
  private static let grey: UInt8 = 128

  /// Where a pixel of the result comes from: column and row are linear in the result's.
  private struct Source {
    var column: (x: Double, y: Double, shift: Double)
    var row: (x: Double, y: Double, shift: Double)
  }

  /// Columns moved by whole and fractional pixels; what is missing is black, as it was published.
  func translatedHorizontally(by shift: Double) -> ByteImage {
    nearest(Source(column: (1, 0, shift), row: (0, 1, 0)), filling: 0)
  }

  /// Rows moved by whole and fractional pixels; what is missing is black, as it was published.
  func translatedVertically(by shift: Double) -> ByteImage {
    nearest(Source(column: (1, 0, 0), row: (0, 1, shift)), filling: 0)
  }

  /// Rows moved in proportion to their number, interpolated by cubics.
  func shearedHorizontally(by slope: Double) -> ByteImage {
    cubic(Source(column: (1, slope, 0), row: (0, 1, 0)))
  }

  /// Columns moved in proportion to their number, interpolated by cubics.
  func shearedVertically(by slope: Double) -> ByteImage {
    cubic(Source(column: (1, 0, 0), row: (slope, 1, 0)))
  }

  /// Turned counter-clockwise about the middle.
  func rotated(degrees: Double) -> ByteImage {
    guard degrees.truncatingRemainder(dividingBy: 360) != 0 else { return self }
    let angle = -degrees * .pi / 180
    // Pillow rounds to 15 decimals, so that right angles are exact.
    let cosine = (cos(angle) * 1e15).rounded() / 1e15
    let sine = (sin(angle) * 1e15).rounded() / 1e15
    let middle = (x: Double(shape.width) / 2, y: Double(shape.height) / 2)
    return nearest(
      Source(
        column: (cosine, sine, middle.x - cosine * middle.x - sine * middle.y),
        row: (-sine, cosine, middle.y + sine * middle.x - cosine * middle.y)),
      filling: Self.grey)
  }

  /// The pixel whose square the source lies in.
  private func nearest(_ source: Source, filling fill: UInt8) -> ByteImage {
    resampled(source, filling: fill) { channel, x, y in
      bytes[channel * shape.area + Int(y) * shape.width + Int(x)]
    }
  }

  /// A bicubic interpolation with the sharpness −1.
  private func cubic(_ source: Source) -> ByteImage {
    resampled(source, filling: Self.grey) { channel, x, y in
      let left = (x - 0.5).rounded(.down)
      let top = (y - 0.5).rounded(.down)
      let rows = (-1...2).map { offset in
        let row = min(max(Int(top) + offset, 0), shape.height - 1)
        let values = (-1...2).map { offset in
          let column = min(max(Int(left) + offset, 0), shape.width - 1)
          return Double(bytes[channel * shape.area + row * shape.width + column])
        }
        return Self.cubic(values, at: x - 0.5 - left)
      }
      return Self.truncated(Self.cubic(rows, at: y - 0.5 - top))
    }
  }

  private static func cubic(_ v: [Double], at share: Double) -> Double {
    let linear = v[2] - v[0]
    let square = 2 * (v[0] - v[1]) + v[2] - v[3]
    let cube = v[1] - v[0] - v[2] + v[3]
    return v[1] + share * (linear + share * (square + share * cube))
  }

  private func resampled(
    _ source: Source, filling fill: UInt8, _ sample: (_ channel: Int, Double, Double) -> UInt8
  ) -> ByteImage {
    var result = self
    for row in 0..<shape.height {
      for column in 0..<shape.width {
        let right = Double(column) + 0.5
        let down = Double(row) + 0.5
        let x = source.column.x * right + source.column.y * down + source.column.shift
        let y = source.row.x * right + source.row.y * down + source.row.shift
        let isInside =
          x >= 0 && y >= 0 && x < Double(shape.width) && y < Double(shape.height)
        for channel in 0..<shape.channels {
          result.bytes[channel * shape.area + row * shape.width + column] =
            isInside ? sample(channel, x, y) : fill
        }
      }
    }
    return result
  }
}
