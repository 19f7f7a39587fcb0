import Execution
import Graphs
import Tensors

/// A network that calls an image 1 if its first pixel exceeds a threshold, and otherwise 0.
struct ThresholdNetwork: CompiledNetwork {
  static let shape = FeatureShape(channels: 1, height: 2, width: 2)
  let input = shape
  let classes = 5
  let notes: [String] = []
  let threshold: Float

  func plan(
    batch: Int, computing derivatives: Derivatives, in memory: PlanMemory
  ) throws(BackendError) -> any ExecutionPlan {
    ThresholdPlan(batch: batch, threshold: threshold)
  }

  func reload(_ model: Model) throws(BackendError) {
    throw BackendError(place: "threshold", problem: "there are no weights")
  }

  /// One lane on which attacks search with one threshold and are judged by another.
  static func pool(searchingAbove fast: Float, judgingAbove exact: Float) -> LanePool {
    LanePool(
      lanes: 1, width: 4, fast: ThresholdNetwork(threshold: fast),
      exact: ThresholdNetwork(threshold: exact), prepareThread: {})
  }
}

private final class ThresholdPlan: ExecutionPlan {
  let batch: Int
  private let threshold: Float

  init(batch: Int, threshold: Float) {
    self.batch = batch
    self.threshold = threshold
  }

  func forward(_ images: Span<Float>, logits: inout MutableSpan<Float>) throws(BackendError) {
    for row in 0..<batch {
      let values = [threshold, images[4 * row], -1, -2, -3]
      for (column, value) in values.enumerated() { logits[5 * row + column] = value }
    }
  }

  func backward(
    _ cotangent: Span<Float>, gradients: inout MutableSpan<Float>
  ) throws(BackendError) {
    for row in 0..<batch {
      gradients[4 * row] = cotangent[5 * row + 1]
      for pixel in 1..<4 { gradients[4 * row + pixel] = 0 }
    }
  }
}
