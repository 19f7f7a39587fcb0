internal import COneDNN
internal import Execution
internal import Tensors

/// Where the caller's values are during one call.
struct Bindings {
  var images: UnsafePointer<Float>?
  var logits: UnsafeMutablePointer<Float>?
  var cotangent: UnsafePointer<Float>?
  var gradients: UnsafeMutablePointer<Float>?
}

/// One kernel call with everything it needs.
typealias Step = (Bindings) throws(BackendError) -> Void

/// A network as a list of kernel calls over one arena.
final class OneDNNPlan: ExecutionPlan {
  let batch: Int
  private let imageCount: Int
  private let classes: Int
  private let program: PlacedProgram

  init(batch: Int, imageCount: Int, classes: Int, program: PlacedProgram) {
    self.batch = batch
    self.imageCount = imageCount
    self.classes = classes
    self.program = program
  }

  func forward(_ images: Span<Float>, logits: inout MutableSpan<Float>) throws(BackendError) {
    precondition(images.count == batch * imageCount, "images fill the plan's batch")
    precondition(logits.count == batch * classes, "logits fill the plan's batch")
    try images.withUnsafeBufferPointer { images throws(BackendError) in
      try logits.withUnsafeMutableBufferPointer { logits throws(BackendError) in
        let bindings = Bindings(images: images.baseAddress, logits: logits.baseAddress)
        for step in program.forward { try step(bindings) }
      }
    }
  }

  func backward(_ cotangent: Span<Float>, gradients: inout MutableSpan<Float>) throws(BackendError)
  {
    guard let steps = program.backward else {
      preconditionFailure("the plan was made without derivatives")
    }
    precondition(cotangent.count == batch * classes, "cotangents fill the plan's batch")
    precondition(gradients.count == batch * imageCount, "gradients fill the plan's batch")
    try cotangent.withUnsafeBufferPointer { cotangent throws(BackendError) in
      try gradients.withUnsafeMutableBufferPointer { gradients throws(BackendError) in
        let bindings = Bindings(
          cotangent: cotangent.baseAddress, gradients: gradients.baseAddress)
        for step in steps { try step(bindings) }
      }
    }
  }
}
