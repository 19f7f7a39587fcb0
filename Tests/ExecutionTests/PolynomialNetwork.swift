import Execution
import Graphs
import Synchronization
import Tensors

/// A network whose answers are recognisable: pixels (a, b) have the logits (a, b, a·b).
///
/// Its plans remember what they were given, so that a test can see the batches.
final class PolynomialNetwork: CompiledNetwork {
  /// What was computed.
  enum Pass: Hashable {
    case forward
    case backward
  }

  /// One call of a plan.
  struct Call: Hashable {
    var pass: Pass
    /// How many images the plan takes.
    var seats: Int
    /// How many of them were asked for.
    var taken: Int
  }

  let input = FeatureShape(channels: 1, height: 1, width: 2)
  let classes = 3
  let notes: [String] = []
  /// Pixels of this value make the forward pass fail.
  static let poison: Float = -13
  /// The batch size from which no plan can be made.
  let largestPlan: Int
  private let log = Mutex<[Call]>([])

  init(largestPlan: Int = .max) { self.largestPlan = largestPlan }

  var calls: [Call] { log.withLock { $0 } }

  func record(_ call: Call) { log.withLock { $0.append(call) } }

  func plan(
    batch: Int, computing derivatives: Derivatives, in memory: PlanMemory
  ) throws(BackendError) -> any ExecutionPlan {
    if batch > largestPlan { throw BackendError(place: "plan of \(batch)", problem: "too large") }
    return PolynomialPlan(batch: batch, network: self)
  }

  func reload(_ model: Model) throws(BackendError) {
    throw BackendError(place: "polynomial", problem: "there are no weights")
  }

  /// An image nobody else has; its pixels are exact, and so are their products.
  static func image(_ number: Int) -> Image {
    Image(
      shape: FeatureShape(channels: 1, height: 1, width: 2),
      pixels: [Float(number + 1), Float(2 * number + 3)])
  }

  static func logits(_ number: Int) -> [Float] {
    let (a, b) = (Float(number + 1), Float(2 * number + 3))
    return [a, b, a * b]
  }
}

private final class PolynomialPlan: ExecutionPlan {
  let batch: Int
  private let network: PolynomialNetwork
  private var images: [Float] = []

  init(batch: Int, network: PolynomialNetwork) {
    self.batch = batch
    self.network = network
  }

  private var call: PolynomialNetwork.Call {
    let taken = (0..<batch).count { images[2 * $0] != 0 }
    return .init(pass: .forward, seats: batch, taken: taken)
  }

  func forward(_ images: Span<Float>, logits: inout MutableSpan<Float>) throws(BackendError) {
    self.images = images.indices.map { images[$0] }
    network.record(call)
    if self.images.contains(PolynomialNetwork.poison) {
      throw BackendError(place: "forward", problem: "poisoned")
    }
    for row in 0..<batch {
      let (a, b) = (images[2 * row], images[2 * row + 1])
      logits[3 * row] = a
      logits[3 * row + 1] = b
      logits[3 * row + 2] = a * b
    }
  }

  func backward(
    _ cotangent: Span<Float>, gradients: inout MutableSpan<Float>
  ) throws(BackendError) {
    var call = call
    call.pass = .backward
    network.record(call)
    for row in 0..<batch {
      let (a, b) = (images[2 * row], images[2 * row + 1])
      gradients[2 * row] = cotangent[3 * row] + cotangent[3 * row + 2] * b
      gradients[2 * row + 1] = cotangent[3 * row + 1] + cotangent[3 * row + 2] * a
    }
  }
}

/// Twice the logit of the label plus the last logit.
struct WeightedLogits: Objective {
  func evaluate(_ logits: [Float], label: Int) -> (value: Float, cotangent: [Float]) {
    var cotangent: [Float] = [0, 0, 1]
    cotangent[label] += 2
    return (2 * logits[label] + logits[2], cotangent)
  }
}
