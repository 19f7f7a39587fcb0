internal import Graphs
internal import Tensors

/// A padding as the library takes it, the same on both sides, and what must be padded beforehand.
struct SplitPadding {
  /// Rows and columns on each side.
  var even: [Int]
  /// Columns left and right, rows above and below; nil where there is none.
  var extra: [Int]?

  /// - Parameters:
  ///   - padding: what is wanted.
  ///   - limit: how much the library takes of it.
  init(_ padding: Padding, limit: Size = Size(1 << 20)) {
    let rows = min(padding.top, padding.bottom)
    let columns = min(padding.left, padding.right)
    even = [rows <= limit.height ? rows : 0, columns <= limit.width ? columns : 0]
    let rest = [
      padding.left - even[1], padding.right - even[1], padding.top - even[0],
      padding.bottom - even[0],
    ]
    extra = rest.allSatisfy { $0 == 0 } ? nil : rest
  }

  /// An extent with what is padded beforehand.
  func padded(_ shape: FeatureShape) -> FeatureShape {
    guard let extra else { return shape }
    return FeatureShape(
      channels: shape.channels, height: shape.height + extra[2] + extra[3],
      width: shape.width + extra[0] + extra[1])
  }
}

/// The windows of a pooling as the library takes them.
struct PoolingWindows {
  let pooling: Pooling
  let kernel: [Int]
  let stride: [Int]
  let padding: [Int]
  /// Padded beforehand; nil where that is nothing.
  let extra: [Int]?

  init(_ pooling: Pooling) {
    self.pooling = pooling
    // The library takes no more than half a window.
    let split = SplitPadding(
      pooling.padding,
      limit: Size(height: pooling.kernel.height / 2, width: pooling.kernel.width / 2))
    kernel = [pooling.kernel.height, pooling.kernel.width]
    stride = [pooling.stride.height, pooling.stride.width]
    padding = split.even
    extra = split.extra
  }

  /// For every window how many of its pixels lie inside the image, at least 1.
  func counts(over input: FeatureShape, output: FeatureShape) -> [Float] {
    func inside(_ place: Int, _ stride: Int, _ before: Int, _ length: Int, _ limit: Int) -> Int {
      let start = place * stride - before
      return max(0, min(start + length, limit) - max(start, 0))
    }
    return (0..<output.height).flatMap { row in
      (0..<output.width).map { column in
        let rows = inside(row, stride[0], pooling.padding.top, kernel[0], input.height)
        let columns = inside(column, stride[1], pooling.padding.left, kernel[1], input.width)
        return Float(max(1, rows * columns))
      }
    }
  }
}
