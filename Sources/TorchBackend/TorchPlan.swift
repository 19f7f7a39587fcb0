internal import Execution
internal import Graphs
internal import Tensors

/// Runs a network's layers on a device, one copy in and one out a pass.
final class TorchPlan: ExecutionPlan {
  let batch: Int
  private let network: TorchNetwork
  private let core: PlanCore
  private let derivatives: Derivatives

  init(
    _ network: TorchNetwork, batch: Int, computing derivatives: Derivatives
  ) throws(BackendError) {
    precondition(batch > 0, "a plan takes at least one image")
    self.network = network
    self.batch = batch
    self.derivatives = derivatives
    let computed = max(
      max(batch, network.fixedBatch ?? 0) + network.spareSeats,
      network.context.isAccelerator ? 1 : 2)
    core = try ThreadState.current.core(of: network, batch: computed, computing: derivatives)
  }

  func forward(_ images: Span<Float>, logits: inout MutableSpan<Float>) throws(BackendError) {
    precondition(
      images.count == batch * network.input.count, "forward takes exactly one batch of images")
    precondition(logits.count == batch * network.classes, "forward gives one row an image")
    try network.context.enter()
    defer { network.context.leave() }
    let output = try core.forward(images)
    try core.transfer.receiveLogits(output, &logits)
  }

  func backward(
    _ cotangent: Span<Float>, gradients: inout MutableSpan<Float>
  ) throws(BackendError) {
    precondition(
      derivatives.contains(.input), "backward needs a plan that was made with input derivatives")
    precondition(cotangent.count == batch * network.classes, "backward takes one row an image")
    precondition(
      gradients.count == batch * network.input.count, "backward gives one gradient an image")
    try network.context.enter()
    defer { network.context.leave() }
    let (slope, scales) = try core.transfer.sendCotangent(cotangent)
    guard let result = try core.tape.backward(slope) else {
      preconditionFailure("the image's gradient is wanted")
    }
    try gradients.withUnsafeMutableBufferPointer { gradients throws(BackendError) in
      try core.transfer.receiveImageGradients(result, gradients, scales: scales)
    }
  }
}

/// What computes for all plans of a thread that compute as many images at once.
final class PlanCore {
  let tape: Tape
  let transfer: BatchTransfer

  init(
    _ network: TorchNetwork, batch: Int, computing derivatives: Derivatives
  ) throws(BackendError) {
    let context = network.context
    try context.enter()
    defer { context.leave() }
    tape = Tape(
      network.graph, shapes: network.shapes, constants: network.constants, batch: batch,
      computing: derivatives, on: context)
    transfer = try BatchTransfer(
      graph: network.graph, classes: network.classes, batch: batch,
      givesImageGradients: derivatives.contains(.input), on: context)
  }

  func forward(_ images: Span<Float>) throws(BackendError) -> TorchTensor {
    // Between a forward pass and its backward passes no other plan of the thread is used.
    ThreadState.current.begin(tape)
    return try tape.forward(try transfer.sendImages(images))
  }
}
