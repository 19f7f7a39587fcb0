import Tensors

/// A square part of every channel.
struct Window {
  var row: Int
  var column: Int
  var side: Int

  /// The positions of a channel's pixels inside, row by row.
  func positions(in shape: FeatureShape, channel: Int) -> [Int] {
    var positions: [Int] = []
    positions.reserveCapacity(side * side)
    for i in row..<row + side {
      let start = channel * shape.area + i * shape.width + column
      positions.append(contentsOf: start..<start + side)
    }
    return positions
  }

  /// The side of a square that covers a share of the pixels, at least the smallest allowed.
  static func side(covering share: Float, of shape: FeatureShape, atLeast smallest: Int) -> Int {
    let side = Int((share * Float(shape.area)).squareRoot().rounded(.toNearestOrEven))
    return max(side, smallest)
  }
}

extension Window {
  /// A window at a random place of the published program.
  ///
  /// As there, and unlike the paper, the offset stays below the largest one possible: a window that
  /// is smaller than the image never touches the last row or column. AutoAttack's figures were
  /// made so.
  init(side: Int, in shape: FeatureShape, using random: inout RandomStream) {
    self.init(
      row: random.below(max(shape.height - side, 1)),
      column: random.below(max(shape.width - side, 1)), side: side)
  }
}
