import Execution
import Graphs
import Synchronization
import Tensors

/// A network on a device that has too little memory, or is lost after some batches.
final class TroubledNetwork: CompiledNetwork {
  /// What all plans of a device share.
  final class Device: Sendable {
    private struct State {
      var free: Int
      var batches: Int
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - memory: for so many images, all plans together.
    ///   - batches: after so many nothing answers any more.
    init(memory: Int = .max, batches: Int = .max) {
      state = Mutex(State(free: memory, batches: batches))
    }

    func take(_ images: Int) throws(BackendError) {
      let isThere = state.withLock { state in
        if state.free < images { return false }
        state.free -= images
        return true
      }
      if !isThere {
        throw BackendError(
          place: "empty_strided on cuda:0", problem: "CUDA out of memory", isOutOfMemory: true)
      }
    }

    func give(_ images: Int) { state.withLock { $0.free += images } }

    func compute() throws(BackendError) {
      let isThere = state.withLock { state in
        state.batches -= 1
        return state.batches >= 0
      }
      if !isThere { throw BackendError(place: "copy_ on cuda:0", problem: "the device is lost") }
    }
  }

  private let network: any CompiledNetwork
  private let device: Device

  init(_ network: any CompiledNetwork, on device: Device) {
    self.network = network
    self.device = device
  }

  var input: FeatureShape { network.input }
  var classes: Int { network.classes }
  var notes: [String] { network.notes }

  func plan(
    batch: Int, computing derivatives: Derivatives, in memory: PlanMemory
  ) throws(BackendError) -> any ExecutionPlan {
    TroubledPlan(
      try network.plan(batch: batch, computing: derivatives, in: memory), on: device)
  }

  func reload(_ model: Model) throws(BackendError) { try network.reload(model) }
}

/// Holds memory from its first pass until it goes.
private final class TroubledPlan: ExecutionPlan {
  private let plan: any ExecutionPlan
  private let device: TroubledNetwork.Device
  private var held = 0

  init(_ plan: any ExecutionPlan, on device: TroubledNetwork.Device) {
    self.plan = plan
    self.device = device
  }

  deinit { device.give(held) }

  var batch: Int { plan.batch }

  func forward(_ images: Span<Float>, logits: inout MutableSpan<Float>) throws(BackendError) {
    if held == 0 {
      try device.take(batch)
      held = batch
    }
    try device.compute()
    try plan.forward(images, logits: &logits)
  }

  func backward(
    _ cotangent: Span<Float>, gradients: inout MutableSpan<Float>
  ) throws(BackendError) {
    try plan.backward(cotangent, gradients: &gradients)
  }
}
