internal import COneDNN
internal import Execution
internal import Tensors

/// A training step as a list of kernel calls over one arena.
final class OneDNNTrainingPlan: TrainingPlan {
  let batch: Int
  private let network: OneDNNNetwork
  private let training: Training
  private let team: Team
  private let program: PlacedProgram
  private var imageGradients: Tensor?
  private var turn: TrainingTurn

  init(
    batch: Int, network: OneDNNNetwork, training: Training, team: Team, program: PlacedProgram
  ) {
    self.batch = batch
    self.network = network
    self.training = training
    self.team = team
    self.program = program
    let input = network.input
    turn = TrainingTurn(batch: batch, pixels: input.count, classes: network.classes)
    if training.derivatives.contains(.input) {
      imageGradients = Tensor(shape: [batch, input.channels, input.height, input.width])
    }
  }

  func forward(
    _ images: Span<Float>, parameters: [String: Tensor], logits: inout MutableSpan<Float>
  ) throws(BackendError) {
    turn.beginForward(images: images.count, logits: logits.count)
    let store = training.store
    for (name, shape) in store.shapes {
      precondition(
        parameters[name]?.shape == shape, "\(name) has the shape that the plan was made for")
    }
    store.parameters = parameters
    try images.withUnsafeBufferPointer { images throws(BackendError) in
      try logits.withUnsafeMutableBufferPointer { logits throws(BackendError) in
        try run(
          program.forward, Bindings(images: images.baseAddress, logits: logits.baseAddress))
      }
    }
    if training.derivatives.isEmpty { store.parameters = [:] }
    turn.endForward()
  }

  func updateRunningStatistics(in parameters: inout [String: Tensor]) {
    turn.checkStatistics()
    if training.statistics == .running { return }
    for moments in training.store.moments { moments.update(&parameters) }
  }

  func backward(_ cotangent: Span<Float>) throws(BackendError) -> Gradients {
    turn.beginBackward(cotangent: cotangent.count)
    training.store.beginBackward()
    try cotangent.withUnsafeBufferPointer { cotangent throws(BackendError) in
      try withImageGradients { images throws(BackendError) in
        try run(
          program.backward ?? [], Bindings(cotangent: cotangent.baseAddress, gradients: images))
      }
    }
    // Held no longer, so that the caller can change them in place.
    training.store.parameters = [:]
    return Gradients(parameters: training.store.gradients, images: imageGradients)
  }

  func backward(
    _ cotangent: Span<Float>, handing finished: (String, Tensor) -> Void
  ) throws(BackendError) -> Gradients {
    let result = withoutActuallyEscaping(finished) { finished in
      training.store.finished = finished
      defer { training.store.finished = nil }
      return Result { () throws(BackendError) in try backward(cotangent) }
    }
    return try result.get()
  }

  /// Calls a closure with the place of the images' gradients, if they are asked for.
  private func withImageGradients(
    _ body: (UnsafeMutablePointer<Float>?) throws(BackendError) -> Void
  ) throws(BackendError) {
    let result = imageGradients?.withUnsafeMutableElements { elements in
      Result { () throws(BackendError) in try body(elements.baseAddress) }
    }
    if let result { try result.get() } else { try body(nil) }
  }

  /// Primitives were made for a number of threads; the calling thread may be set to another.
  private func run(_ steps: [Step], _ bindings: Bindings) throws(BackendError) {
    let setting = omp_get_max_threads()
    omp_set_num_threads(Int32(team.threads))
    defer { omp_set_num_threads(setting) }
    for step in steps { try step(bindings) }
  }
}
