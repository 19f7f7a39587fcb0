internal import Execution
public import Graphs
public import Tensors

/// Takes the steps of a training run.
///
/// One step at a time: the next begins when the last has returned. The same state, batches and
/// random streams give the same bits.
public actor Learner {
  /// What the run carries from step to step.
  ///
  /// A copy that is kept costs the next step a copy of all parameters.
  public internal(set) var state: TrainingState

  let graph: Graph
  let recipe: Recipe
  let machine: Machine
  /// What is trained on.
  let images: TrainingLabels
  /// With which images those of the next step are compared, where that is given.
  var givenPartners: [[Int]] = []
  let teacher: FrozenNetwork?
  /// The preparations and then the recipe's own.
  private let stages: [LearningStage]
  /// The number of the present one.
  private var stageNumber: Int
  /// What the teacher says of images that come to every step unchanged.
  var knownTeacher: TeacherLogits?
  /// The network as crafting and evaluation see it; its weights may be those of an earlier step.
  let frozen: FrozenNetwork
  var frozenIsCurrent = true
  private let thread = LaneThread()
  /// Plans by batch size: the usual one, and that of an epoch's last batch.
  private var passes: [StageCounts: TrainingPasses] = [:]
  private var wholeBatches: [Int: WholeBatch] = [:]

  /// The learner's own thread, which leads the threads of a step.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    thread.asUnownedSerialExecutor()
  }

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - model: the network and its first parameters.
  ///   - recipe: how it is trained.
  ///   - teacher: the network it learns from, where the loss needs one.
  ///   - images: the classes of all images that are trained on; some losses compare with others.
  ///   - random: what layers that terms of the loss add are drawn from.
  ///   - machine: what computes.
  /// - Throws: ``TrainingError`` when recipe, network and teacher do not fit together;
  ///   `BackendError` or `GraphError` when a network cannot be computed.
  public init(
    model: Model, recipe: Recipe, teacher: Model? = nil,
    images: TrainingLabels = TrainingLabels(),
    random: RandomStream = RandomStream(seed: 0), on machine: Machine
  ) throws {
    try recipe.check(model: model, teacher: teacher)
    graph = model.graph
    self.recipe = recipe
    self.machine = machine
    self.images = images
    frozen = try FrozenNetwork(model, on: machine)
    self.teacher =
      recipe.needsTeacher ? try teacher.map { try FrozenNetwork($0, on: machine) } : nil
    stages = try recipe.stages.map {
      try LearningStage(
        $0, student: model, teacher: teacher, images: images, random: random, on: machine)
    }
    stageNumber = stages.count - 1
    state = TrainingState(
      parameters: stages.reduce(into: model.parameters) { parameters, stage in
        parameters.merge(stage.wiring.parameters) { own, _ in own }
      })
    if recipe.loss.usesClassMeans { state.classMeans = ClassMeans(classes: try model.classes()) }
    if case .carried = recipe.crafting?.start {
      state.perturbation = CarriedPerturbation(batch: recipe.batchSize, shape: model.graph.input)
    }
    thread.start(name: "learner") { machine.useThreads(machine.threads) }
  }

  deinit { thread.stop() }

  /// Continues from a state.
  ///
  /// - Parameter state: of a run with the same network and recipe.
  /// - Throws: ``TrainingError`` when it is another network's.
  public func restore(_ state: TrainingState) throws {
    for (name, tensor) in self.state.parameters
    where state.parameters[name]?.shape != tensor.shape {
      throw TrainingError(
        place: name,
        problem: "the state has \(state.parameters[name].map { "\($0.shape)" } ?? "no such tensor")"
          + "; the network needs \(tensor.shape)")
    }
    guard state.perturbation?.tensor.shape == self.state.perturbation?.tensor.shape else {
      throw TrainingError(
        place: "perturbation",
        problem: "the state's is of another batch than the recipe's of \(recipe.batchSize)")
    }
    self.state = state
    frozenIsCurrent = false
  }

  /// Ends an epoch: its class means take effect.
  public func endEpoch() { state.classMeans?.endEpoch() }

  /// Forgets the running sums of gradients, as recipes do that begin with a new optimiser.
  public func resetMomentum() { state.momentum = [:] }

  /// The logits of images in evaluation mode, on the fast path.
  ///
  /// - Parameters:
  ///   - images: pixels in [0, 1].
  ///   - parameters: those of the state, or others, for instance their average.
  /// - Returns: a row an image.
  /// - Throws: `BackendError` when the backend fails.
  public func logits(
    of images: [Image], parameters: [String: Tensor]? = nil
  ) async throws -> [[Float]] {
    if let parameters {
      frozenIsCurrent = false
      try frozen.reload(parameters)
    } else {
      try refreshFrozen()
    }
    return try await frozen.logits(of: images)
  }

  /// Gives the frozen network the present weights.
  func refreshFrozen() throws {
    if frozenIsCurrent { return }
    try frozen.reload(state.parameters)
    frozenIsCurrent = true
  }

  /// The plans in training mode for so many images a pass, so many of them clean.
  func passes(of counts: [ForwardPass: Int], clean: Int) throws -> TrainingPasses {
    let key = StageCounts(stage: stageNumber, counts: counts, clean: clean)
    if let known = passes[key] { return known }
    if passes.count == 3 { passes = [:] }
    let made = try TrainingPasses(
      counts, of: Model(graph: graph, parameters: state.parameters), opened: stage.wiring,
      clean: clean, on: machine.backend,
      computing: state.perturbation == nil ? .parameters : [.parameters, .input])
    passes[key] = made
    return made
  }

  /// What is done at present.
  var stage: LearningStage { stages[stageNumber] }

  /// Begins or goes on with a stage of the recipe.
  ///
  /// - Parameter preparation: its number, from 0; nil for the recipe itself.
  func enter(_ preparation: Int?) { stageNumber = preparation ?? stages.count - 1 }

  /// What answers in training mode while images are crafted.
  func wholeBatch(of batch: Int) throws -> WholeBatch {
    if let known = wholeBatches[batch] { return known }
    if wholeBatches.count == 2 { wholeBatches = [:] }
    let made = try WholeBatch(
      model: Model(graph: graph, parameters: state.parameters), batch: batch,
      on: machine.backend, thread: thread)
    wholeBatches[batch] = made
    return made
  }
}

/// For what passes were planned.
private struct StageCounts: Hashable {
  var stage: Int
  var counts: [ForwardPass: Int]
  /// There may be no passes of the student at all.
  var clean: Int
}
