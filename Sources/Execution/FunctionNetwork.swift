public import Graphs
public import Tensors

/// A network that is given as functions of one image, for attacks on what no backend computes.
///
/// The functions are called from the lanes' threads, several at a time where there are several
/// lanes. The same functions search and judge.
public struct FunctionNetwork: CompiledNetwork {
  /// The shape of one image.
  public let input: FeatureShape
  /// The length of a logit vector.
  public let classes: Int
  /// Nothing to note.
  public let notes: [String] = []

  private let logits: @Sendable (Image) -> [Float]
  private let gradient: @Sendable (Image, _ cotangent: [Float]) -> Image

  /// Describes a network.
  ///
  /// - Parameters:
  ///   - input: the shape of one image.
  ///   - classes: the length of a logit vector.
  ///   - logits: of an image, always the same for the same image.
  ///   - gradient: at an image, with respect to its pixels, of the sum of logits weighted by the
  ///     cotangent.
  public init(
    input: FeatureShape, classes: Int, logits: @escaping @Sendable (Image) -> [Float],
    gradient: @escaping @Sendable (Image, _ cotangent: [Float]) -> Image
  ) {
    self.input = input
    self.classes = classes
    self.logits = logits
    self.gradient = gradient
  }

  /// Makes a plan, which asks about one image after another.
  public func plan(
    batch: Int, computing derivatives: Derivatives, in memory: PlanMemory
  ) throws(BackendError) -> any ExecutionPlan {
    FunctionPlan(batch: batch, input: input, logits: logits, gradient: gradient)
  }

  /// Refuses: functions have no weights to be replaced.
  public func reload(_ model: Model) throws(BackendError) {
    throw BackendError(place: "function network", problem: "it has no weights to replace")
  }
}

private final class FunctionPlan: ExecutionPlan {
  let batch: Int
  private let logits: @Sendable (Image) -> [Float]
  private let gradient: @Sendable (Image, [Float]) -> Image
  private let input: FeatureShape
  private var images: [Image] = []

  init(
    batch: Int, input: FeatureShape, logits: @escaping @Sendable (Image) -> [Float],
    gradient: @escaping @Sendable (Image, [Float]) -> Image
  ) {
    self.batch = batch
    self.input = input
    self.logits = logits
    self.gradient = gradient
  }

  func forward(_ pixels: Span<Float>, logits: inout MutableSpan<Float>) throws(BackendError) {
    images = (0..<batch).map { row in
      Image(
        shape: input,
        pixels: (0..<input.count).map { pixels[row * input.count + $0] })
    }
    let classes = logits.count / batch
    for (row, image) in images.enumerated() {
      let own = self.logits(image)
      guard own.count == classes else {
        throw BackendError(
          place: "function network", problem: "it gave \(own.count) logits, expected \(classes)")
      }
      for (column, value) in own.enumerated() { logits[row * classes + column] = value }
    }
  }

  func backward(
    _ cotangent: Span<Float>, gradients: inout MutableSpan<Float>
  ) throws(BackendError) {
    let classes = cotangent.count / batch
    for (row, image) in images.enumerated() {
      let own = gradient(image, (0..<classes).map { cotangent[row * classes + $0] })
      guard own.pixels.count == input.count else {
        throw BackendError(
          place: "function network",
          problem: "its gradient has \(own.pixels.count) pixels, expected \(input.count)")
      }
      for (pixel, value) in own.pixels.enumerated() {
        gradients[row * input.count + pixel] = value
      }
    }
  }
}
