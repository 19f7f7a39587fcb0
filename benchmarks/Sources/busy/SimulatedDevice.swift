import Foundation
import RobevalKit
import Synchronization

/// A device that sleeps as long as a real one would compute, one batch after the other.
final class SimulatedDevice: Sendable {
  private struct State {
    var isFreeAt = ContinuousClock.now
    var busy = Duration.zero
    var questions = 0
  }

  private let state = Mutex(State())

  /// For how long it has computed, and how many images, forward or with a gradient.
  var work: (busy: Duration, questions: Int) {
    state.withLock { ($0.busy, $0.questions) }
  }

  /// Waits like a lane that has handed a batch to a device, and wants its results.
  func compute(_ images: Int, for duration: Duration) {
    let end = state.withLock { state in
      state.isFreeAt = max(state.isFreeAt, .now) + duration
      state.busy += duration
      state.questions += images
      return state.isFreeAt
    }
    let rest = (end - .now) / .seconds(1)
    if rest > 0 { Thread.sleep(forTimeInterval: rest) }
  }
}

/// A network whose images all survive, so that every attack takes all its steps.
struct SimulatedNetwork: CompiledNetwork {
  let device: SimulatedDevice
  /// Of a forward pass of one image.
  let seconds: Double

  let input = FeatureShape(channels: 3, height: 32, width: 32)
  let classes = 10
  let notes: [String] = []

  func plan(
    batch: Int, computing derivatives: Derivatives, in memory: PlanMemory
  ) throws(BackendError) -> any ExecutionPlan {
    SimulatedPlan(batch: batch, network: self)
  }

  func reload(_ model: Model) throws(BackendError) {
    throw BackendError(place: "simulated", problem: "there are no weights")
  }
}

private final class SimulatedPlan: ExecutionPlan {
  let batch: Int
  private let network: SimulatedNetwork

  init(batch: Int, network: SimulatedNetwork) {
    self.batch = batch
    self.network = network
  }

  func forward(_ images: Span<Float>, logits: inout MutableSpan<Float>) {
    // A pixel each, and class 0 far above: losses move, and nothing is ever fooled.
    for place in 0..<batch * network.classes {
      let (image, label) = place.quotientAndRemainder(dividingBy: network.classes)
      logits[place] = images[image * network.input.count + label] + (label == 0 ? 10 : 0)
    }
    network.device.compute(batch, for: .seconds(network.seconds * Double(batch)))
  }

  /// Two passes' work: the gradient of every layer's input.
  func backward(_ cotangent: Span<Float>, gradients: inout MutableSpan<Float>) {
    for place in 0..<gradients.count { gradients[place] = place % 3 == 0 ? -1 : 1 }
    network.device.compute(0, for: .seconds(2 * network.seconds * Double(batch)))
  }
}
