internal import Execution
internal import Attacks
public import Tensors

extension Learner {
  /// Where a step's perturbed images come from.
  package enum Perturbed: Sendable {
    /// They are crafted from starting points drawn from a stream.
    case crafted(RandomStream)
    /// They are crafted from given starting points.
    case craftedFrom([Image])
    /// They are given.
    case given([Image])
  }

  /// What happened inside a step, this rank's part of it.
  package struct Trace: Sendable {
    package var report: StepReport
    /// Empty where the loss needs none.
    package var perturbed: [Image]
    /// At the weights where it was taken, weight decay not included.
    package var gradient: [String: Tensor]
    /// The loss at the unperturbed weights, where weights were perturbed.
    package var lossBefore: Double?
    /// How far weights were perturbed.
    package var displacement: [String: Tensor]
  }

  /// Takes a step: crafts perturbed images, perturbs the weights, and follows the gradient.
  ///
  /// - Parameters:
  ///   - batch: the images.
  ///   - settings: what changes from step to step.
  ///   - random: the stream of this step; it must allow one more fork, by image index.
  /// - Returns: what the step was like.
  /// - Throws: ``TrainingError`` when the loss or a gradient is not finite, the state being as
  ///   before but for running statistics; `BackendError` when the backend fails.
  public func step(
    _ batch: TrainingBatch, _ settings: StepSettings, random: RandomStream
  ) async throws -> StepReport {
    try await step(batch, settings, perturbed: .crafted(random)).report
  }

  package func step(
    _ batch: TrainingBatch, _ settings: StepSettings, perturbed source: Perturbed
  ) async throws -> Trace {
    if case .crafted = source {
    } else {
      precondition(machine.ranks.count == 1, "what is given is a whole batch's")
    }
    enter(settings.preparation)
    let share = machine.ranks.share(of: batch.count)
    let question = try await question(
      batch[share], from: share.lowerBound, settings, source)
    let passes = try passes(of: question.counts(stage.loss), clean: stage.views * share.count)
    let perturbation = try perturbWeights(question, passes)
    perturbation?.displacement.apply(to: &state.parameters)
    defer { perturbation?.displacement.undo(in: &state.parameters) }
    var (loss, inputs, gradient) = try evaluate(question, passes)
    stage.moveStatistics(of: &state.parameters) {
      passes.updateRunningStatistics(recipe.forwardOrder, in: &$0)
    }
    adoptRunningStatistics()
    for place in inputs.featuresOfTerms.indices { inputs.featuresOfTerms[place].tensors = [:] }
    stage.remember(inputs, in: &state.parameters)
    // Taken out and put back: a second reference would cost a copy.
    inputs.classMeans = nil
    if var means = state.classMeans.take() {
      for weighted in stage.loss.terms { weighted.term.remember(inputs, in: &means) }
      state.classMeans = means
    }
    carryPerturbation(batch, share, settings, gradient)
    state.descend(
      gradient, recipe.optimizer, learningRate: settings.learningRate,
      momentum: settings.momentum ?? recipe.optimizer.momentum, threads: machine.threads)
    state.step += 1
    frozenIsCurrent = false
    return Trace(
      report: StepReport(
        step: state.step, loss: loss.total, parts: loss.parts,
        correct: inputs.logits[.clean].map { correct($0, batch.leadingLabels) },
        robust: inputs.samples.labels.isEmpty
          ? inputs.logits[.adversarial].map { correct($0, batch.leadingLabels) } : nil,
        gradientNorm: gradient.norm),
      perturbed: question.images[.adversarial] ?? [], gradient: gradient.tensors,
      lossBefore: perturbation?.loss,
      displacement: perturbation?.displacement.tensors ?? [:])
  }

  /// The direction in which the weights are perturbed, and the loss before.
  private func perturbWeights(
    _ question: StepQuestion, _ passes: TrainingPasses
  ) throws -> (displacement: WeightDisplacement, loss: Double)? {
    guard let perturbation = recipe.weightPerturbation, perturbation.size > 0,
      question.epoch >= perturbation.firstEpoch
    else { return nil }
    let (loss, _, gradient) = try evaluate(question, passes)
    return (
      WeightDisplacement(along: gradient, at: state.parameters, size: perturbation.size),
      loss.total
    )
  }

  /// Loss, what it was computed from, and gradient at the present parameters; running statistics stay.
  private func evaluate(
    _ question: StepQuestion, _ passes: TrainingPasses
  ) throws -> (BatchLoss, LossInputs, LossGradient) {
    var logits: [ForwardPass: [[Double]]] = [:]
    var maps: [FeatureMap] = []
    for pass in passes.planned {
      let output = try passes.output(
        of: question.images[pass] ?? [], in: pass, parameters: state.parameters,
        clean: stage.views * question.labels.count)
      logits[pass] = pass == .clean ? stage.upright(output.logits) : output.logits
      maps += output.maps
    }
    let joint = stage.loss.joinsPasses ? question.samples.rows.count : nil
    if let joint, let rows = logits[.adversarial] {
      logits = [.adversarial: Array(rows.prefix(joint)), .clean: Array(rows.dropFirst(joint))]
    }
    var own = LossInputs(
      logits: logits, teacher: question.teacher, labels: question.labels,
      secondLabels: question.secondLabels, classMeans: state.classMeans,
      samples: SampleInputs(
        labels: question.samples.rows.map { question.labels[$0] },
        teacher: question.sampleTeacher),
      epoch: question.epoch, epochs: stage.epochs)
    own.indices = question.indices
    own.featuresOfTerms = stage.features(
      student: maps, teacher: question.teacherMaps,
      adapted: try passes.adapted(question.teacherMaps, parameters: state.parameters),
      parameters: state.parameters)
    // The loss is of the whole batch, whoever asked which part of it.
    var (inputs, rows) = own.joined(over: machine.ranks)
    if !givenPartners.isEmpty {
      for place in inputs.featuresOfTerms.indices {
        inputs.featuresOfTerms[place].partners = givenPartners
      }
    }
    stage.choosePartners(&inputs, among: images, random: question.random)
    let loss = BatchLoss(stage.loss, of: inputs)
    guard loss.total.isFinite else {
      throw TrainingError(
        place: "step \(state.step + 1)",
        problem:
          "the loss is \(loss.total), \(whatIsNotFinite(passes)); lower the learning rate or "
          + "check the data")
    }
    var cotangent = TrainingPasses.Cotangent()
    for (pass, rows) in rows {
      cotangent.logits[pass] = loss.gradients[pass].map { Array($0[rows]) }
    }
    (cotangent.maps, cotangent.adapted) = stage.cotangent(
      loss.features, of: question.rows)
    cotangent.logits[.clean] = cotangent.logits[.clean].map(stage.amongAll)
    if joint != nil {
      cotangent.logits = [
        .adversarial: [.adversarial, .clean].flatMap { cotangent.logits[$0] ?? [] }
      ]
    }
    var gradient = try passes.gradient(cotangent, on: machine)
    stage.add(loss.features, to: &gradient)
    stage.restrict(&gradient)
    if let name = gradient.firstNotFinite {
      throw TrainingError(
        place: "step \(state.step + 1), \(name)",
        problem:
          "the gradient is not finite, \(whatIsNotFinite(passes)); lower the learning rate or "
          + "check the data")
    }
    return (loss, inputs, gradient)
  }

  /// Moves the perturbation that the next step begins with, where the recipe carries one.
  private func carryPerturbation(
    _ batch: TrainingBatch, _ share: Range<Int>, _ settings: StepSettings,
    _ gradient: LossGradient
  ) {
    guard let crafting = recipe.crafting, let images = gradient.images else { return }
    state.perturbation?.move(
      share, along: images, by: Float(settings.radius * crafting.relativeStep),
      at: batch.images, within: crafting.norm.ball(radius: Float(settings.radius)))
    state.perturbation?.complete(share, over: machine.ranks)
  }

  private func correct(_ logits: [[Double]], _ labels: [Int]) -> Int {
    zip(logits, labels).count { $0.argmax == $1 }
  }
}

/// What a step asks the network.
struct StepQuestion {
  var images: [ForwardPass: [Image]]
  var labels: [Int]
  var secondLabels: [SecondLabel?]
  /// A row an image; empty without a teacher.
  var teacher: [[Double]] = []
  /// What the teacher's taps give.
  var teacherMaps: [FeatureMap] = []
  /// The images' positions in the data set.
  var indices: [Int] = []
  /// Which images of the whole batch they are.
  var rows = 0..<0
  /// The stream of the step.
  var random = RandomStream(seed: 0)
  /// What the teacher helped to make.
  var samples = TeacherSamples()
  /// The teacher's logits there.
  var sampleTeacher: [[Double]] = []
  var epoch: Int

  /// The length of the batch of every pass that has images.
  func counts(_ loss: TrainingLoss) -> [ForwardPass: Int] {
    var counts: [ForwardPass: Int] = [:]
    for pass in loss.passes { counts[pass] = images[pass]?.count }
    return counts.filter { $0.value > 0 }
  }
}
