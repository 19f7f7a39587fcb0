import Foundation
import Tensors

/// The Square attack's shape in L₂ and L₁: heights that fall off from a peak, row by row.
///
/// Source: Andriushchenko et al., *Square Attack*, ECCV 2020, §3.3.
struct Pyramid {
  let rows: Int
  let columns: Int
  var heights: [Float]

  /// One pyramid of unit size.
  init(rows: Int, columns: Int, in ball: some PyramidBall) {
    var heights = [Float](repeating: 0, count: rows * columns)
    for level in 0..<max(rows, columns) / 2 + 1 {
      let height = Float(pow(Double(level + 1), -Double(ball.steepness)))
      let top = rows / 2 - level
      let left = columns / 2 - level
      for row in max(top, 0)..<min(top + 2 * level + 1, rows) {
        for column in max(left, 0)..<min(left + 2 * level + 1, columns) {
          heights[row * columns + column] += height
        }
      }
    }
    self.init(rows: rows, columns: columns, heights: heights, in: ball)
  }

  /// Two pyramids of opposite sign in a square of unit size, one above or beside the other.
  init(pairOfSide side: Int, in ball: some PyramidBall, using random: inout RandomStream) {
    let upper = Pyramid(rows: side / 2, columns: side, in: ball)
    let lower = Pyramid(rows: side - side / 2, columns: side, in: ball)
    self.init(
      rows: side, columns: side, heights: upper.heights + lower.heights.map { -$0 }, in: ball)
    if random.sign() > 0 {
      let upright = heights
      for row in 0..<side {
        for column in 0..<side { heights[row * side + column] = upright[column * side + row] }
      }
    }
  }

  private init(rows: Int, columns: Int, heights: [Float], in ball: some PyramidBall) {
    self.rows = rows
    self.columns = columns
    let size = ball.size(of: heights)
    self.heights = heights.map { Float(Double($0) / (size + 1e-12)) }
  }
}

/// What the Square attack's pyramids need to know of a norm.
protocol PyramidBall: PerturbationSet {
  /// The power of the distance from the peak with which heights fall off.
  var steepness: Int { get }

  /// The norm of some pixels.
  func size(of pixels: [Float]) -> Double

  /// The size a channel's window may have: its own, and its part of what the image left unused.
  func budget(window: Double, image: Double, channels: Int) -> Double

  /// The image of this displacement, brought to the border of the set.
  func filled(_ offset: Image, around center: Image) -> Image
}

extension L2Ball: PyramidBall {
  var steepness: Int { 2 }

  func size(of pixels: [Float]) -> Double {
    pixels.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  func budget(window: Double, image: Double, channels: Int) -> Double {
    let unused = max(Double(radius) * Double(radius) - image * image, 0)
    return (unused / Double(channels) + window * window).squareRoot()
  }

  func filled(_ offset: Image, around center: Image) -> Image {
    let factor = Float(Double(radius) / (offset.norm(.l2) + 1e-12))
    return project(center.combined(with: offset) { $0 + factor * $1 }, around: center)
  }
}

extension L1Ball: PyramidBall {
  var steepness: Int { 4 }

  func size(of pixels: [Float]) -> Double { pixels.reduce(0) { $0 + Double(abs($1)) } }

  func budget(window: Double, image: Double, channels: Int) -> Double {
    // The published program multiplies by the channels; the projection takes the surplus away.
    max(Double(radius) - image, 0) + window * Double(channels)
  }

  func filled(_ offset: Image, around center: Image) -> Image {
    project(center + offset, around: center)
  }
}
