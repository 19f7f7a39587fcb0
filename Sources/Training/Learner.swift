public import Execution
public import Graphs
public import Tensors

/// Takes the steps of a training run.
public actor Learner {
  /// What the run carries from step to step.
  public private(set) var state: TrainingState

  /// Prepares a run.
  public init(
    model: Model, recipe: Recipe, teacher: Model?, on machine: Machine
  ) throws {
    state = TrainingState(parameters: model.parameters)
  }

  /// Continues from a state.
  public func restore(_ state: TrainingState) throws { self.state = state }

  /// Takes a step.
  public func step(
    _ batch: TrainingBatch, _ settings: StepSettings, random: RandomStream
  ) async throws -> StepReport {
    throw TrainingError(place: "step", problem: "not there yet")
  }

  /// Ends an epoch: class means of the epoch take effect.
  public func endEpoch() { state.classMeans?.endEpoch() }

  /// Forgets the running sums of gradients, as recipes do that begin with a new optimiser.
  public func resetMomentum() { state.momentum = [:] }

  /// The logits of images in evaluation mode, on the fast path.
  public func logits(
    of images: [Image], parameters: [String: Tensor]? = nil
  ) async throws -> [[Float]] { [] }
}

/// What computes: a backend and how many threads it may use.
public struct Machine: Sendable {
  /// Who computes.
  public var backend: any Backend
  /// How many threads may work at once.
  public var threads: Int
  /// Makes the backend use so many threads when the calling thread asks it.
  public var useThreads: @Sendable (Int) -> Void

  /// Creates a machine.
  ///
  /// - Parameters:
  ///   - backend: who computes.
  ///   - threads: how many threads may work at once.
  ///   - useThreads: makes the backend use so many threads when the calling thread asks it.
  public init(
    backend: any Backend, threads: Int, useThreads: @escaping @Sendable (Int) -> Void = { _ in }
  ) {
    precondition(threads > 0, "something must run")
    self.backend = backend
    self.threads = threads
    self.useThreads = useThreads
  }
}
