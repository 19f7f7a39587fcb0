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
  private var state = State.new

  private enum State {
    case new
    case wentForward
    case wentBackward
  }

  init(
    batch: Int, network: OneDNNNetwork, training: Training, team: Team, program: PlacedProgram
  ) {
    self.batch = batch
    self.network = network
    self.training = training
    self.team = team
    self.program = program
    let input = network.input
    if training.derivatives.contains(.input) {
      imageGradients = Tensor(shape: [batch, input.channels, input.height, input.width])
    }
  }

  func forward(
    _ images: Span<Float>, parameters: [String: Tensor], logits: inout MutableSpan<Float>
  ) throws(BackendError) {
    precondition(images.count == batch * network.input.count, "images fill the plan's batch")
    precondition(logits.count == batch * network.classes, "logits fill the plan's batch")
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
    state = .wentForward
  }

  func updateRunningStatistics(in parameters: inout [String: Tensor]) {
    precondition(state != .new, "statistics are those of a forward pass")
    if training.statistics == .running { return }
    for moments in training.store.moments { moments.update(&parameters) }
  }

  func backward(_ cotangent: Span<Float>) throws(BackendError) -> Gradients {
    precondition(
      state == .wentForward, "every backward pass follows a forward pass of its own")
    precondition(cotangent.count == batch * network.classes, "cotangents fill the plan's batch")
    state = .wentBackward
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
