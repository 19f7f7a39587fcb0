import Files
import Tensors

/// The pixels of all images in the form the file has them.
enum PixelStorage: Sendable {
  /// Image `i` begins at byte `offset + i · stride`.
  case bytes([UInt8], offset: Int, stride: Int)
  /// Image after image.
  case floats(Tensor)

  /// The pixels of one image.
  func decoded(_ position: Int, count: Int) -> [Float] {
    switch self {
    case .bytes(let bytes, let offset, let stride):
      let start = offset + position * stride
      return bytes[start..<start + count].map { Float($0) / 255 }
    case .floats(let values):
      return values.withUnsafeElements { Array($0[position * count..<(position + 1) * count]) }
    }
  }

  /// Refuses values that are no intensities and names the first.
  func check(shape: FeatureShape, indices: [Int], path: String) throws(FileError) {
    guard case .floats(let values) = self,
      let wrong = values.withUnsafeElements({ $0.firstIndex { !(0...1).contains($0) } })
    else { return }
    let place = wrong % shape.count
    let row = place % shape.area / shape.width
    throw FileError(
      path,
      "image \(indices[wrong / shape.count]), channel \(place / shape.area), row \(row), "
        + "column \(place % shape.width)",
      problem: "the pixel is \(values[wrong]), expected a number within [0, 1]; store x as uint8, "
        + "or as float32 before mean and deviation are applied")
  }
}
