internal import Execution
internal import Tensors

extension Learner {
  /// What a step asks the network, perturbed images included.
  ///
  /// - Parameters:
  ///   - batch: this rank's share of a batch.
  ///   - firstRow: of the share.
  ///   - settings: what changes from step to step.
  ///   - source: where perturbed images come from.
  /// - Returns: images, labels and what the teacher says.
  /// - Throws: `BackendError` when the backend fails.
  func question(
    _ batch: TrainingBatch, from firstRow: Int = 0, _ settings: StepSettings, _ source: Perturbed
  ) async throws -> StepQuestion {
    precondition(
      stage.loss.refusalOfMixedLabels == nil || batch.secondLabels.allSatisfy { $0 == nil },
      "the loss learns from images of one class")
    var question = StepQuestion(
      images: [.clean: stage.views(of: batch)], labels: batch.labels,
      secondLabels: batch.secondLabels,
      epoch: settings.epoch)
    question.indices = batch.indices
    question.rows = firstRow..<firstRow + batch.count
    if case .crafted(let stream) = source { question.random = stream }
    if let inside = try await stage.teacher(of: stage.views(of: batch)) {
      question.teacher = stage.upright(inside.logits)
      question.teacherMaps = inside.maps
    } else {
      question.teacher = stage.loss.needsTeacher ? try await teacherLogits(of: batch) : []
    }
    guard let maker = stage.loss.imageMaker else {
      question.images[.adversarial] = try await perturbedImages(
        of: batch, from: firstRow, settings, source)
      return question
    }
    question.samples = try await teacherSamples(maker, question, batch, source)
    question.sampleTeacher = try await widenedTeacherLogits(of: question.samples.images)
    question.images[.adversarial] = question.samples.images
    if maker.joinsPasses { question.images[.adversarial]? += batch.images }
    return question
  }

  private func teacherLogits(of batch: TrainingBatch) async throws -> [[Double]] {
    if let known = knownTeacher?.logits(of: batch.indices) { return known }
    return try await widenedTeacherLogits(of: batch.images)
  }

  private func widenedTeacherLogits(of images: [Image]) async throws -> [[Double]] {
    try await teacherLogits(of: images).map { $0.map { Double($0) } }
  }

  private func teacherSamples(
    _ maker: any ImageMakingTerm, _ question: StepQuestion, _ batch: TrainingBatch,
    _ source: Perturbed
  ) async throws -> TeacherSamples {
    guard let teacher else { return TeacherSamples() }
    var request = ImageRequest(
      batch: batch, teacherLogits: question.teacher, random: RandomStream(seed: 0))
    switch source {
    case .given(let images): request.starts = images
    case .craftedFrom(let images): request.starts = images
    case .crafted(let stream): request.random = stream
    }
    if maker.asksStudent {
      request.studentLogits = try passes(of: [.clean: batch.count], clean: batch.count).output(
        of: batch.images, in: .clean, parameters: state.parameters, clean: batch.count
      ).logits
    }
    return try await maker.images(request, teacher: teacher)
  }

  /// The perturbed images of a step; none where the loss needs none.
  func perturbedImages(
    of batch: TrainingBatch, from firstRow: Int = 0, _ settings: StepSettings, _ source: Perturbed
  ) async throws -> [Image] {
    guard stage.loss.passes.contains(.adversarial), let crafting = recipe.crafting else {
      return []
    }
    var starts: [Image]?
    var random = RandomStream(seed: 0)
    switch source {
    case .given(let images): return images
    case .craftedFrom(let images): starts = images
    case .crafted(let stream): random = stream
    }
    if let perturbation = state.perturbation {
      return perturbation.added(to: batch.images, from: firstRow)
    }
    let run = CraftingRun(
      crafting: crafting, radius: settings.radius, batch: batch, starts: starts,
      classWeights: stage.loss.classWeights, classMeans: state.classMeans, random: random)
    switch crafting.mode {
    case .evaluation:
      try refreshFrozen()
      return try await frozen.each(batch.count) { try await run.image($0, asking: $1) }
    case .training: return try await craft(run, movingStatistics: false)
    case .trainingWithStatistics: return try await craft(run, movingStatistics: true)
    }
  }

  private func craft(
    _ run: CraftingRun, movingStatistics: Bool
  ) async throws -> [Image] {
    let count = run.batch.count
    let whole = try wholeBatch(of: count)
    await whole.begin(state.parameters, movesStatistics: movingStatistics)
    let images = try await withThrowingTaskGroup(of: (Int, Image).self) { group in
      for position in 0..<count {
        group.addTask {
          (position, try await run.image(position, asking: Seat(batch: whole, number: position)))
        }
      }
      var images = [Image?](repeating: nil, count: count)
      for try await (position, image) in group { images[position] = image }
      return images.compactMap { $0 }
    }
    let parameters = await whole.end()
    if movingStatistics {
      state.parameters = parameters
      adoptRunningStatistics()
      frozenIsCurrent = false
    }
    return images
  }
}
