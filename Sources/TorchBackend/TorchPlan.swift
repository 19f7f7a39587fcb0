internal import Execution
internal import Graphs
internal import Tensors

/// Runs a network's layers on a device, one copy in and one out a pass.
final class TorchPlan: ExecutionPlan {
  let batch: Int
  private let network: TorchNetwork
  private let tape: Tape
  private let transfer: BatchTransfer
  private let derivatives: Derivatives

  init(
    _ network: TorchNetwork, batch: Int, computing derivatives: Derivatives
  ) throws(BackendError) {
    precondition(batch > 0, "a plan takes at least one image")
    self.network = network
    self.batch = batch
    self.derivatives = derivatives
    let context = network.context
    try context.enter()
    defer { context.leave() }
    let computed = max(
      max(batch, network.fixedBatch ?? 0) + network.spareSeats, context.isAccelerator ? 1 : 2)
    tape = Tape(
      network.graph, shapes: network.shapes, constants: network.constants, batch: computed,
      computing: derivatives, on: context)
    transfer = try BatchTransfer(
      graph: network.graph, classes: network.classes, batch: computed,
      givesImageGradients: derivatives.contains(.input), on: context)
  }

  func forward(_ images: Span<Float>, logits: inout MutableSpan<Float>) throws(BackendError) {
    precondition(
      images.count == batch * network.input.count, "forward takes exactly one batch of images")
    precondition(logits.count == batch * network.classes, "forward gives one row an image")
    try network.context.enter()
    defer { network.context.leave() }
    let output = try tape.forward(try transfer.sendImages(images))
    try transfer.receiveLogits(output, &logits)
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
    let (slope, scales) = try transfer.sendCotangent(cotangent)
    guard let result = try tape.backward(slope) else {
      preconditionFailure("the image's gradient is wanted")
    }
    try gradients.withUnsafeMutableBufferPointer { gradients throws(BackendError) in
      try transfer.receiveImageGradients(result, gradients, scales: scales)
    }
  }
}
