public import Execution
public import Tensors

extension ExecutionPlan {
  /// The logits of a full batch.
  ///
  /// - Parameters:
  ///   - images: as many as the plan takes.
  ///   - classes: the length of a logit vector.
  /// - Returns: one row an image.
  /// - Throws: ``BackendError`` when the backend fails.
  public func logits(of images: [Image], classes: Int) throws(BackendError) -> [[Float]] {
    let pixels = images.flatMap(\.pixels)
    var logits = [Float](repeating: .nan, count: images.count * classes)
    var view = logits.mutableSpan
    try forward(pixels.span, logits: &view)
    return images.indices.map { Array(logits[$0 * classes..<($0 + 1) * classes]) }
  }

  /// The input gradients at the images of the last forward pass.
  ///
  /// - Parameters:
  ///   - images: those images.
  ///   - cotangent: one row an image.
  /// - Returns: the gradients, one image after another.
  /// - Throws: ``BackendError`` when the backend fails.
  public func gradient(
    of images: [Image], cotangent: [Float]
  ) throws(BackendError) -> [Float] {
    var gradients = [Float](repeating: .nan, count: images.reduce(0) { $0 + $1.count })
    var view = gradients.mutableSpan
    try backward(cotangent.span, gradients: &view)
    return gradients
  }
}
