public import Execution
public import Tensors

extension TrainingPlan {
  /// The logits of a full batch.
  ///
  /// - Parameters:
  ///   - images: as many as the plan takes.
  ///   - parameters: by name.
  ///   - classes: the length of a logit vector.
  /// - Returns: one row an image.
  /// - Throws: ``BackendError`` when the backend fails.
  public func logits(
    of images: [Image], parameters: [String: Tensor], classes: Int
  ) throws(BackendError) -> [[Float]] {
    let pixels = images.flatMap(\.pixels)
    var logits = [Float](repeating: .nan, count: images.count * classes)
    var view = logits.mutableSpan
    try forward(pixels.span, parameters: parameters, logits: &view)
    return images.indices.map { Array(logits[$0 * classes..<($0 + 1) * classes]) }
  }
}
