internal import Datasets
internal import Tensors

extension TrainingRun {
  /// The training images that are watched for catastrophic overfitting: at most 256, by seed.
  func watchedPositions() -> [Int] {
    var random = random.forked("watched")
    return Array(random.shuffled(set.positions).prefix(256))
  }

  /// Attacks the watched training images, every so many steps of the run.
  ///
  /// Before the state is saved: a run that is stopped here and goes on has noticed the same.
  func watch(_ positions: [Int], _ memory: inout RunMemory) async throws -> OverfittingWatch.Fall? {
    let (epoch, step) = (memory.progress.epoch, memory.progress.step)
    let number = (epoch - 1) * batches.stepsPerEpoch + step
    guard settings.recipe.mayOverfitCatastrophically, number.isMultiple(of: watchInterval),
      let attack = selectionAttack
    else { return nil }
    let accuracy = try await learner.accuracy(
      on: positions, of: set.dataset, under: attack, random: random.forked("watch"))
    return memory.note(Double(accuracy.robust ?? 0) / Double(accuracy.images), on: .training)
  }

  /// Tells of a fall, and ends the run if that was asked for.
  func tell(
    _ fall: OverfittingWatch.Fall?, _ memory: RunMemory, observer: @Sendable (Event) -> Void
  ) async throws {
    guard let fall else { return }
    observer(.notice(fall.text))
    guard stopsOnOverfitting else { return }
    try await save(memory)
    throw overfitted(fall, memory.progress)
  }

  /// What ends a run that was to stop on overfitting.
  func overfitted(_ fall: OverfittingWatch.Fall, _ progress: RunProgress) -> TrainingError {
    let best = progress.best.map { "best.h5 is of epoch \($0.epoch); " } ?? ""
    return TrainingError(
      place: directory.path,
      problem: "\(fall.text); \(best)leave out `stop-on-overfitting`, and the same command goes on")
  }

  /// What is tried on held-out and on watched images; nil where nothing is perturbed.
  var selectionAttack: SelectionAttack? {
    settings.recipe.crafting.map {
      SelectionAttack(steps: 10, radius: settings.recipe.radius.full, norm: $0.norm)
    }
  }
}

extension RunMemory {
  /// Notes a robust accuracy where the run stands.
  mutating func note(
    _ accuracy: Double, on images: OverfittingWatch.Images
  ) -> OverfittingWatch.Fall? {
    var watch = progress.watch ?? OverfittingWatch()
    defer { progress.watch = watch }
    return watch.note(accuracy, on: images, epoch: progress.epoch, step: progress.step)
  }
}
