internal import Datasets
public import Files
internal import Foundation
public import Graphs
internal import Tensors

/// One training run, from the first step or the last saved one to the last.
///
/// Killed at any moment and run again it gives the same network, bit for bit.
public struct TrainingRun: Sendable {
  /// What happens while a run goes on.
  public enum Event: Sendable {
    /// The run goes on from a saved state, at this epoch and step.
    case resumed(epoch: Int, step: Int)
    /// A step was taken.
    case step(RunProgress, StepReport, of: Int)
    /// An epoch ended.
    case epoch(EpochRecord)
    /// Something else that a reader should know, in one sentence.
    case notice(String)
  }

  /// What decides the run.
  public let settings: TrainingSettings
  /// The images.
  public let set: TrainingSet
  /// Where everything goes.
  public let directory: TrainingDirectory
  let architecture: Architecture
  let learner: Learner
  let batches: BatchSource
  let random: RandomStream
  /// The state is saved this often within an epoch, in seconds; results do not depend on it.
  var savingInterval = 600.0
  /// Whether what the teacher says of every image is asked once only; results do not depend on it.
  public var cachesTeacher = false
  /// In how many bits the kernels of `final.h5` and `best.h5` are kept; training does not depend on it.
  public var storage = FloatStorage.single
  /// Whether catastrophic overfitting ends the run; otherwise it is only told.
  public var stopsOnOverfitting = false
  /// The watched training images are attacked every so many steps.
  var watchInterval = 200
  /// Who trains, for provenance.
  let version: String

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - settings: what decides the run.
  ///   - set: the images.
  ///   - architecture: the network.
  ///   - learner: takes the steps.
  ///   - directory: where everything goes.
  ///   - version: who trains, for provenance.
  public init(
    _ settings: TrainingSettings, on set: TrainingSet, architecture: Architecture,
    learner: Learner, in directory: TrainingDirectory, version: String
  ) {
    self.settings = settings
    self.set = set
    self.architecture = architecture
    self.learner = learner
    self.directory = directory
    self.version = version
    random = RandomStream(seed: settings.seed)
    batches = BatchSource(
      set, batchSize: settings.recipe.batchSize, augmentation: settings.augmentation,
      cutMix: settings.cutMix, replays: settings.recipe.replays ?? 1,
      rotations: settings.recipe.rotations, random: random)
  }

  /// Runs to the end, or until asked to stop.
  ///
  /// - Parameters:
  ///   - shouldStop: asked after every step; what was done is then saved.
  ///   - observer: told what happens.
  /// - Returns: what the epochs were like.
  /// - Throws: ``TrainingError`` when the loss is not finite, when the teacher's answers are to be
  ///   kept but change with every step, or of the kind `interrupted` when asked to stop; `FileError` when a file cannot be written; `BackendError`.
  public func run(
    shouldStop: @Sendable () -> Bool = { false },
    observer: @Sendable (Event) -> Void = { _ in }
  ) async throws -> RunProgress {
    var memory = RunMemory()
    if let state = try await sameState() {
      observer(.resumed(epoch: state.progress.epoch, step: state.progress.step))
      memory = RunMemory(progress: state.progress, average: state.average)
      try await learner.restore(state.training)
    }
    if stopsOnOverfitting, let fall = memory.progress.watch?.falls.last {
      throw overfitted(fall, memory.progress)
    }
    if cachesTeacher, memory.progress.epoch <= settings.recipe.allEpochs {
      try await askTeacherOnce(shouldStop: shouldStop, observer: observer)
    }
    while memory.progress.epoch <= settings.recipe.allEpochs {
      try await runEpoch(&memory, shouldStop: shouldStop, observer: observer)
    }
    try await writeCheckpoint(
      to: directory.finalPath, memory, epoch: settings.recipe.allEpochs)
    return memory.progress
  }

  /// The state so far, which all ranks must see.
  private func sameState() async throws -> RunState? {
    let state = try directory.state()
    let steps = state.map { [$0.progress.epoch, $0.progress.step] } ?? []
    try await learner.requireAgreement(
      on: "\(steps)",
      else:
        "sees another \(directory.statePath) than rank 0; give an output folder on a file system "
        + "that all machines share")
    return state
  }

  private func runEpoch(
    _ memory: inout RunMemory, shouldStop: @Sendable () -> Bool,
    observer: @Sendable (Event) -> Void
  ) async throws {
    let epoch = memory.progress.epoch
    let order = batches.order(ofEpoch: epoch)
    let stage = settings.recipe.stage(ofEpoch: epoch)
    if memory.progress.step == 0,
      stage.epoch == 1 || stage.recipe.learningRate.forgetsMomentum(atStartOf: stage.epoch)
    {
      await learner.resetMomentum()
    }
    let first = memory.progress.step
    let watched = watchedPositions()
    var next = prepared(first, epoch, order)
    var saved = ContinuousClock.now
    for step in first..<batches.stepsPerEpoch {
      let batch = await next.value
      // Made while this step is taken; order and randomness depend on its number alone.
      next = batches.isReplay(step + 1) ? Task { batch } : prepared(step + 1, epoch, order)
      let report = try await take(step, batch, &memory)
      let fall = try await watch(watched, &memory)
      observer(.step(memory.progress, report, of: batches.stepsPerEpoch))
      try await tell(fall, memory, observer: observer)
      if await learner.anyRank(shouldStop()) {
        try await save(memory)
        throw interruption
      }
      if ContinuousClock.now - saved > .seconds(savingInterval) {
        try await save(memory)
        saved = .now
      }
    }
    let fall = try await endEpoch(&memory)
    if let record = memory.progress.history.last { observer(.epoch(record)) }
    try await tell(fall, memory, observer: observer)
  }

  /// What is thrown once the state is saved.
  var interruption: TrainingError {
    TrainingError(
      kind: .interrupted, place: directory.path,
      problem: "interrupted with everything kept; the same command goes on")
  }

  private func prepared(_ step: Int, _ epoch: Int, _ order: [Int]) -> Task<TrainingBatch, Never> {
    let batches = batches
    let last = min(step, batches.stepsPerEpoch - 1)
    return Task.detached { batches.batch(step: last, epoch: epoch, order: order) }
  }

  private func take(
    _ step: Int, _ batch: TrainingBatch, _ memory: inout RunMemory
  ) async throws -> StepReport {
    let epoch = memory.progress.epoch
    let stage = settings.recipe.stage(ofEpoch: epoch)
    let recipe = stage.recipe
    let position = SchedulePosition(
      epoch: stage.epoch, step: step, stepsPerEpoch: batches.stepsPerEpoch, of: recipe.epochs)
    let number = (epoch - 1) * batches.stepsPerEpoch + step
    let start = ContinuousClock.now
    var stepSettings = StepSettings(
      epoch: stage.epoch, learningRate: recipe.learningRate.rate(at: position),
      radius: recipe.radius.radius(inEpoch: stage.epoch),
      momentum: recipe.learningRate.momentum(at: position))
    let isPreparation = stage.number < settings.recipe.stages.count - 1
    stepSettings.preparation = isPreparation ? stage.number : nil
    let report = try await learner.step(
      batch, stepSettings,
      random: random.forked("crafting").forked(number))
    if case .steps(let decay, let warmUp) = settings.averaging, !isPreparation {
      let kept = WeightAveraging.kept(
        atStep: (stage.epoch - 1) * batches.stepsPerEpoch + step + 1,
        warmUp: warmUp * Double(batches.stepsPerEpoch), decay: decay)
      memory.average.add(
        await learner.state.parameters, keeping: kept,
        averaging: Set(architecture.graph.trainableNames), threads: learner.machine.threads)
    }
    memory.progress.sums.add(
      report, images: batch.images.count, seconds: (ContinuousClock.now - start) / .seconds(1))
    memory.progress.step = step + 1
    return report
  }

  private func endEpoch(_ memory: inout RunMemory) async throws -> OverfittingWatch.Fall? {
    let epoch = memory.progress.epoch
    await learner.endEpoch()
    let stage = settings.recipe.stage(ofEpoch: epoch)
    if case .epochs(let decay, let first) = settings.averaging, stage.epoch >= first,
      stage.number == settings.recipe.stages.count - 1
    {
      memory.average.add(
        await learner.state.parameters, keeping: decay,
        averaging: Set(architecture.parameterOrder), threads: learner.machine.threads)
    }
    let position = SchedulePosition(
      epoch: stage.epoch, stepsPerEpoch: batches.stepsPerEpoch, of: stage.recipe.epochs)
    var record = EpochRecord(
      epoch: epoch, sums: memory.progress.sums,
      learningRate: stage.recipe.learningRate.rate(at: position),
      radius: stage.recipe.radius.radius(inEpoch: stage.epoch))
    try await measure(&record, memory)
    let fall =
      settings.recipe.mayOverfitCatastrophically
      ? record.heldOutRobust.flatMap { memory.note($0, on: .heldOut) } : nil
    memory.progress.history.append(record)
    memory.progress.epoch += 1
    memory.progress.step = 0
    memory.progress.sums = EpochSums()
    // Before the state: a run killed in between writes the same file again.
    if memory.progress.best?.epoch == epoch {
      try await writeCheckpoint(to: directory.bestPath, memory, epoch: epoch)
    }
    try await save(memory)
    try directory.write {
      try AtomicFile.write(EpochTable(memory.progress.history).text, to: directory.logPath)
    }
    return fall
  }

  private func measure(_ record: inout EpochRecord, _ memory: RunMemory) async throws {
    let average = memory.average.parameters
    try await measure(&record, average.isEmpty ? nil : average)
  }

  /// Fills in what a network withstands on held-out images; nil for the learner's own parameters.
  func measure(_ record: inout EpochRecord, _ parameters: [String: Tensor]?) async throws {
    if set.heldOut.isEmpty { return }
    let accuracy = try await learner.accuracy(
      on: set.heldOut, of: set.dataset, parameters: parameters, under: selectionAttack,
      random: random.forked("held-out"))
    let images = Double(accuracy.images)
    record.heldOutClean = Double(accuracy.clean) / images
    record.heldOutRobust = accuracy.robust.map { Double($0) / images }
  }

  func save(_ memory: RunMemory) async throws {
    var state = RunState(training: await learner.state)
    state.progress = memory.progress
    state.average = memory.average
    try directory.write { try state.write(to: directory.statePath) }
  }
}

/// What a run remembers besides the learner's state, of which no second copy is kept.
struct RunMemory: Sendable {
  var progress = RunProgress()
  var average = WeightAverage()
}
