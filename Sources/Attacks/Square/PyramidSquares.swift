import Tensors

/// The Square attack's images in L₂ and L₁: pairs of pyramids that take over a window's budget.
///
/// Source: Andriushchenko et al., *Square Attack*, ECCV 2020, algorithm 3; in L₁ Croce & Hein,
/// *Mind the box*, ICML 2021, §5.
struct PyramidSquares<Ball: PyramidBall>: SquareProposals {
  let ball: Ball
  let center: Image

  /// A pair of pyramids on every tile, of random sign in every channel.
  func start(using random: inout RandomStream) -> Image {
    let shape = center.shape
    let side = max(min(shape.height, shape.width) / 5, 1)
    var offset = Image(shape: shape, repeating: 0)
    for tileRow in 0..<shape.height / side {
      for tileColumn in 0..<shape.width / side {
        let tile = Window(
          row: shape.height % side / 2 + tileRow * side,
          column: shape.width % side / 2 + tileColumn * side, side: side)
        let pair = Pyramid(pairOfSide: side, in: ball, using: &random)
        for channel in 0..<shape.channels {
          let sign = random.sign()
          offset.replace(tile.positions(in: shape, channel: channel), by: pair.heights, times: sign)
        }
      }
    }
    return ball.filled(offset, around: center)
  }

  /// One window is cleared; another, with a pair of pyramids added, takes over what it had.
  func change(_ image: Image, share: Float, using random: inout RandomStream) -> Image {
    let shape = center.shape
    let covering = Window.side(covering: share, of: shape, atLeast: 3)
    let side = min(covering + (covering + 1) % 2, min(shape.height, shape.width))
    let grown = Window(side: side, in: shape, using: &random)
    let cleared = Window(side: side, in: shape, using: &random)
    let pair = Pyramid(pairOfSide: side, in: ball, using: &random)

    var offset = image - center
    let size = ball.size(of: offset.pixels)
    for channel in 0..<shape.channels {
      let positions = grown.positions(in: shape, channel: channel)
      let old = offset.take(positions)
      let given = offset.take(cleared.positions(in: shape, channel: channel))
      let budget = ball.budget(
        window: ball.size(of: old + given), image: size, channels: shape.channels)

      let sign = random.sign()
      let scale = Float(1 / (ball.size(of: old) + 1e-12))
      let sum = zip(pair.heights, old).map { sign * $0 + scale * $1 }
      offset.replace(positions, by: sum, times: Float(budget / (ball.size(of: sum) + 1e-12)))
    }
    return ball.filled(offset, around: center)
  }
}

extension Image {
  /// The pixels at some positions, which become zero.
  fileprivate mutating func take(_ positions: [Int]) -> [Float] {
    positions.map { position in
      defer { pixels[position] = 0 }
      return pixels[position]
    }
  }

  fileprivate mutating func replace(_ positions: [Int], by values: [Float], times factor: Float) {
    for (position, value) in zip(positions, values) { pixels[position] = factor * value }
  }
}
