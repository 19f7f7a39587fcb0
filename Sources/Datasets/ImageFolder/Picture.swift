/// An image as bytes, red, green and blue of each pixel side by side.
struct Picture: Equatable {
  var height: Int
  var width: Int
  /// Row by row, three bytes a pixel.
  var bytes: [UInt8]

  init(height: Int, width: Int, bytes: [UInt8]) {
    precondition(bytes.count == 3 * height * width, "a picture has three bytes a pixel")
    self.height = height
    self.width = width
    self.bytes = bytes
  }

  /// All red, then all green, then all blue bytes.
  var planes: [UInt8] {
    var planes = [UInt8](repeating: 0, count: bytes.count)
    let area = height * width
    for pixel in 0..<area {
      for channel in 0..<3 { planes[channel * area + pixel] = bytes[3 * pixel + channel] }
    }
    return planes
  }

  /// The middle of the picture; what lies outside of it is black.
  ///
  /// Halves are rounded to even, as Python rounds them.
  ///
  /// - Parameter side: rows and columns of the result.
  /// - Returns: a square.
  func croppedAtCenter(_ side: Int) -> Picture {
    func offset(_ extent: Int) -> Int {
      // A picture that is too small is first widened, the odd row or column behind.
      if extent < side { return -((side - extent) / 2) }
      return Int((Double(extent - side) / 2).rounded(.toNearestOrEven))
    }
    let top = offset(height)
    let left = offset(width)
    var result = [UInt8](repeating: 0, count: 3 * side * side)
    let columns = max(0, left)..<min(width, left + side)
    for row in max(0, top)..<min(height, top + side) {
      let source = 3 * (row * width + columns.lowerBound)
      let target = 3 * ((row - top) * side + columns.lowerBound - left)
      result.replaceSubrange(
        target..<target + 3 * columns.count, with: bytes[source..<source + 3 * columns.count])
    }
    return Picture(height: side, width: side, bytes: result)
  }
}
