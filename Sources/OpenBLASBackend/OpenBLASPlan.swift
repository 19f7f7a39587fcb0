import Execution
import Tensors

/// Runs the layers image by image.
///
/// With input gradients every image keeps its activations until the next forward pass; without,
/// all images share one set.
final class OpenBLASPlan: ExecutionPlan {
  let batch: Int
  private let network: OpenBLASNetwork
  private let derivatives: Derivatives
  private let activations: [NodeValues]
  private let gradients: NodeValues?
  private let scratch: NodeValues

  init(network: OpenBLASNetwork, batch: Int, computing derivatives: Derivatives) {
    precondition(batch > 0, "a plan takes at least one image")
    self.network = network
    self.batch = batch
    self.derivatives = derivatives
    let counts = network.steps.map(\.count)
    let kept = derivatives.contains(.input) ? batch : 1
    activations = (0..<kept).map { _ in NodeValues(counts: counts) }
    gradients = derivatives.contains(.input) ? NodeValues(counts: counts) : nil
    scratch = NodeValues(counts: [network.steps.map { $0.layer?.scratchCount ?? 0 }.max() ?? 0])
  }

  func forward(_ images: Span<Float>, logits: inout MutableSpan<Float>) throws(BackendError) {
    let size = network.input.count
    precondition(images.count == batch * size, "forward takes exactly one batch of images")
    precondition(logits.count == batch * network.classes, "forward gives one row an image")
    let steps = network.steps
    for image in 0..<batch {
      let values = activations[image % activations.count]
      for i in 0..<size { values[0][i] = images[image * size + i] }
      for (position, step) in steps.enumerated() {
        step.layer?.forward(pass(step, at: position, over: values))
      }
      let output = values[steps.count - 1]
      for i in 0..<network.classes { logits[image * network.classes + i] = output[i] }
    }
  }

  func backward(
    _ cotangent: Span<Float>, gradients result: inout MutableSpan<Float>
  ) throws(BackendError) {
    guard let gradients else {
      preconditionFailure("backward needs a plan that was made with input derivatives")
    }
    let size = network.input.count
    precondition(cotangent.count == batch * network.classes, "backward takes one row an image")
    precondition(result.count == batch * size, "backward gives one gradient an image")
    let steps = network.steps
    for image in 0..<batch {
      gradients.clear()
      let output = gradients[steps.count - 1]
      for i in 0..<network.classes { output[i] = cotangent[image * network.classes + i] }
      for (position, step) in steps.enumerated().reversed() {
        step.layer?.backward(
          pass(step, at: position, over: activations[image]),
          gradients: pass(step, at: position, over: gradients))
      }
      for i in 0..<size { result[image * size + i] = gradients[0][i] }
    }
  }

  private func pass(_ step: Step, at position: Int, over values: NodeValues) -> Pass {
    Pass(
      inputs: step.inputs.map { values[$0] }, output: values[position],
      scratch: scratch[0])
  }
}

/// A block of values for every node, in one allocation.
final class NodeValues {
  private let memory: Values
  private let starts: [Int]

  init(counts: [Int]) {
    starts = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let total = starts[counts.count]
    // Aligned, so that no kernel treats one image's edges unlike another's.
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: max(total, 1) * MemoryLayout<Float>.stride, alignment: 64)
    memory = Values(start: raw.bindMemory(to: Float.self, capacity: total), count: total)
    memory.initialize(repeating: 0)
  }

  deinit { memory.deallocate() }

  subscript(node: Int) -> Values { memory.extracting(starts[node]..<starts[node + 1]) }

  func clear() { memory.update(repeating: 0) }
}
