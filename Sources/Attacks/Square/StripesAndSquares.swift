import Tensors

/// The Square attack's images in L∞: vertical stripes, then squares of one color, all at ±ε.
struct StripesAndSquares: SquareProposals {
  let radius: Float
  let center: Image

  /// Every column of every channel is raised or lowered.
  func start(using random: inout RandomStream) -> Image {
    let shape = center.shape
    var image = center
    for channel in 0..<shape.channels {
      for column in 0..<shape.width {
        let change = radius * random.sign()
        for row in 0..<shape.height {
          let position = channel * shape.area + row * shape.width + column
          image.pixels[position] = min(max(center.pixels[position] + change, 0), 1)
        }
      }
    }
    return image
  }

  /// A square of every channel is raised or lowered, from the clean image.
  func change(_ image: Image, share: Float, using random: inout RandomStream) -> Image {
    let shape = center.shape
    let side = min(
      Window.side(covering: share, of: shape, atLeast: 1), min(shape.height, shape.width))
    let window = Window(side: side, in: shape, using: &random)
    var changed = image
    for channel in 0..<shape.channels {
      let change = radius * random.sign()
      for position in window.positions(in: shape, channel: channel) {
        changed.pixels[position] = min(max(center.pixels[position] + change, 0), 1)
      }
    }
    return changed
  }
}
