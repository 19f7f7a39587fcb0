public import Tensors

/// A function of the logits that an attack wants to be large.
public protocol Objective: Sendable {
  /// The objective and its gradient with respect to the logits.
  ///
  /// - Parameters:
  ///   - logits: one per class.
  ///   - label: the true class.
  /// - Returns: the value, and one derivative per class.
  func evaluate(_ logits: [Float], label: Int) -> (value: Float, cotangent: [Float])
}

/// What an oracle says about an objective at an image.
public struct Answer: Sendable {
  /// The objective.
  public var value: Float
  /// The logits.
  public var logits: [Float]
  /// The objective's gradient with respect to the pixels.
  public var gradient: Image

  /// Creates an answer.
  ///
  /// - Parameters:
  ///   - value: the objective.
  ///   - logits: one per class.
  ///   - gradient: with respect to the pixels.
  public init(value: Float, logits: [Float], gradient: Image) {
    self.value = value
    self.logits = logits
    self.gradient = gradient
  }
}

/// The only thing an attack knows of a network.
///
/// Questions of many attacks are answered together; an attack does not notice.
public protocol Oracle: Sendable {
  /// The number of classes.
  var classes: Int { get }

  /// The logits at an image: one forward pass.
  ///
  /// - Parameter image: pixels in [0, 1].
  /// - Returns: one logit per class.
  /// - Throws: ``BackendError``, or `CancellationError` when the run is being stopped.
  func logits(at image: Image) async throws -> [Float]

  /// An objective's gradient at an image: one forward and one backward pass.
  ///
  /// - Parameters:
  ///   - objective: what to differentiate.
  ///   - image: pixels in [0, 1].
  ///   - label: the true class.
  /// - Returns: value, logits and gradient.
  /// - Throws: ``BackendError``, or `CancellationError` when the run is being stopped.
  func gradient(of objective: some Objective, at image: Image, label: Int) async throws -> Answer
}

extension [Float] {
  /// The position of the largest element, the first of equals; NaN is never the largest.
  public var argmax: Int {
    var best = 0
    for position in indices.dropFirst() where self[position] > self[best] || self[best].isNaN {
      best = position
    }
    return best
  }
}
