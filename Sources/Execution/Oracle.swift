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

  /// How many questions can be asked at once that otherwise nobody would ask: at least 1.
  var room: Int { get }

  /// The logits at images, as if they were asked for one after the other until enough is known.
  ///
  /// Only what is returned counts as asked.
  ///
  /// - Parameters:
  ///   - images: pixels in [0, 1]; at least one.
  ///   - isEnough: whether logits make those of later images superfluous.
  /// - Returns: a row an image, up to the first for which that is so.
  /// - Throws: what ``logits(at:)`` throws.
  func logits(
    at images: [Image], until isEnough: ([Float]) -> Bool
  ) async throws -> [[Float]]

  /// An oracle for a part of an attack, which may be worked on beside the rest.
  ///
  /// What it is asked counts only once it is adopted.
  ///
  /// - Returns: nil where nothing is free for it.
  func branch() -> Self?

  /// Where a branch is worked on; nil for anywhere.
  var executor: (any TaskExecutor)? { get }

  /// Counts what a branch was asked.
  ///
  /// - Parameter branch: a branch of this oracle, whose work is done.
  func adopt(_ branch: Self)

  /// Counts only the time of a branch that turned out to be superfluous.
  ///
  /// - Parameter branch: a branch of this oracle, whose work is done.
  func discard(_ branch: Self)
}

/// An oracle that is asked one question after the other.
extension Oracle {
  /// One.
  public var room: Int { 1 }

  /// Asks one after the other.
  public func logits(
    at images: [Image], until isEnough: ([Float]) -> Bool
  ) async throws -> [[Float]] {
    var rows: [[Float]] = []
    for image in images {
      rows.append(try await logits(at: image))
      if isEnough(rows[rows.count - 1]) { break }
    }
    return rows
  }

  /// None.
  public func branch() -> Self? { nil }

  /// Anywhere.
  public var executor: (any TaskExecutor)? { nil }

  /// There are none.
  public func adopt(_ branch: Self) {}

  /// There are none.
  public func discard(_ branch: Self) {}
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
