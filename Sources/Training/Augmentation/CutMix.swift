public import Tensors

/// Puts a box out of one image into another and mixes their labels by area.
///
/// One box for a batch; which image gives to which is a permutation. Source: Yun et al., *CutMix:
/// regularization strategy to train strong classifiers with localizable features*, ICCV 2019; sides
/// and place of the box as in the program that goes with it.
public struct CutMix: Codable, Hashable, Sendable {
  /// The share of pixels that stay is drawn from Beta(α, α), before the box is cut off at edges.
  public var alpha: Double

  /// Creates a mixture.
  ///
  /// - Parameter alpha: positive; 1 draws all shares alike.
  /// - Precondition: `alpha` is positive and finite.
  public init(alpha: Double) {
    precondition(alpha > 0 && alpha.isFinite, "a beta distribution has a positive parameter")
    self.alpha = alpha
  }

  /// A batch whose images have a part of one another.
  ///
  /// - Parameters:
  ///   - batch: images of one shape, not mixed yet.
  ///   - random: the stream of the step, so that neither order nor interruption matters.
  /// - Returns: as many images under their own indices. A label's share is its share of the pixels.
  public func applied(to batch: TrainingBatch, random: RandomStream) -> TrainingBatch {
    var random = random
    let shape = batch.images[0].shape
    let box = Box(in: shape, leaving: random.beta(alpha), using: &random)
    let partners = random.shuffled(batch.images.indices)
    guard box.area > 0 else { return batch }
    let share = Double(box.area) / Double(shape.height * shape.width)
    var mixed = batch
    for (position, partner) in partners.enumerated() {
      mixed.images[position] = box.pasted(from: batch.images[partner], into: batch.images[position])
      mixed.secondLabels[position] = SecondLabel(batch.labels[partner], share: share)
    }
    return mixed
  }
}

/// A part of an image, all channels of it.
private struct Box {
  let rows: Range<Int>
  let columns: Range<Int>

  var area: Int { rows.count * columns.count }

  /// A box with the image's proportions around a random pixel, cut off where the image ends.
  init(in shape: FeatureShape, leaving share: Double, using random: inout RandomStream) {
    let ratio = (1 - share).squareRoot()
    func side(_ length: Int) -> Range<Int> {
      let half = Int(Double(length) * ratio) / 2
      let middle = random.below(length)
      return max(middle - half, 0)..<min(middle + half, length)
    }
    columns = side(shape.width)
    rows = side(shape.height)
  }

  func pasted(from source: Image, into image: Image) -> Image {
    let shape = image.shape
    var pixels = image.pixels
    for channel in 0..<shape.channels {
      for row in rows {
        let start = (channel * shape.height + row) * shape.width
        for column in columns { pixels[start + column] = source.pixels[start + column] }
      }
    }
    return Image(shape: shape, pixels: pixels)
  }
}
