internal import Execution
internal import Graphs
internal import Tensors

/// Answers the questions of a whole batch at once, batch normalisations in training mode.
///
/// There is a seat for every image; once all have asked, all are answered, so that neither order nor
/// number of threads matters.
actor WholeBatch {
  private struct Question {
    var image: Image
    var objective: (@Sendable ([Float]) -> (value: Float, cotangent: [Float]))?
    var reply: CheckedContinuation<Answer, any Error>
  }

  private let thread: LaneThread
  private let plan: any TrainingPlan
  private let shape: FeatureShape
  nonisolated let classes: Int
  private var parameters: [String: Tensor] = [:]
  private var movesStatistics = false
  /// Whether the plan has seen the step's parameters.
  private var isLoaded = false
  private var questions: [Question?]
  /// The batch's pixels; their memory is used again.
  private var pixels: [Float] = []
  private var asked = 0

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// - Precondition: called on the thread.
  init(
    model: Model, batch: Int, on backend: any Backend, thread: LaneThread
  ) throws {
    self.thread = thread
    shape = model.graph.input
    classes = try model.classes()
    plan = try backend.trainingPlan(
      for: model, batch: batch, statistics: .batch, computing: .input)
    questions = Array(repeating: nil, count: batch)
  }

  /// Prepares for a step's questions.
  func begin(_ parameters: [String: Tensor], movesStatistics: Bool) {
    self.parameters = parameters
    self.movesStatistics = movesStatistics
    isLoaded = false
  }

  /// Ends a step's questions.
  ///
  /// - Returns: the parameters, their running statistics moved if that was asked for.
  func end() -> [String: Tensor] {
    defer { parameters = [:] }
    return parameters
  }

  fileprivate func ask(
    at image: Image, from seat: Int,
    _ objective: (@Sendable ([Float]) -> (value: Float, cotangent: [Float]))?
  ) async throws -> Answer {
    try await withCheckedThrowingContinuation { reply in
      questions[seat] = Question(image: image, objective: objective, reply: reply)
      asked += 1
      if asked == questions.count { answer() }
    }
  }

  private func answer() {
    let questions = questions.compactMap { $0 }
    self.questions = Array(repeating: nil, count: questions.count)
    asked = 0
    do throws(BackendError) {
      for (question, answer) in zip(questions, try answers(to: questions)) {
        question.reply.resume(returning: answer)
      }
    } catch {
      for question in questions { question.reply.resume(throwing: error) }
    }
  }

  private func answers(to questions: [Question]) throws(BackendError) -> [Answer] {
    pixels.removeAll(keepingCapacity: true)
    for question in questions { pixels += question.image.pixels }
    var logits = [Float](repeating: 0, count: questions.count * classes)
    var view = logits.mutableSpan
    if isLoaded {
      try plan.forward(pixels.span, sameParameters: parameters, logits: &view)
    } else {
      try plan.forward(pixels.span, parameters: parameters, logits: &view)
    }
    isLoaded = true
    let rows = questions.indices.map { Array(logits[$0 * classes..<($0 + 1) * classes]) }
    let results = zip(questions, rows).map { $0.objective?($1) }
    guard results.contains(where: { $0 != nil }) else {
      return rows.map { Answer(value: 0, logits: $0, gradient: Image(shape: shape, repeating: 0)) }
    }
    let none = [Float](repeating: 0, count: classes)
    let cotangent = results.flatMap { $0?.cotangent ?? none }
    let gradients = try plan.backward(cotangent.span).images
    if movesStatistics { plan.updateRunningStatistics(in: &parameters) }
    return questions.indices.map { row in
      let pixels =
        gradients?.withUnsafeElements { Array($0[row * shape.count..<(row + 1) * shape.count]) }
      return Answer(
        value: results[row]?.value ?? 0, logits: rows[row],
        gradient: Image(shape: shape, pixels: pixels ?? []))
    }
  }
}

/// One image's view of a whole batch.
struct Seat: Oracle {
  let batch: WholeBatch
  let number: Int

  var classes: Int { batch.classes }

  func logits(at image: Image) async throws -> [Float] {
    try await batch.ask(at: image, from: number, nil).logits
  }

  func gradient(
    of objective: some Objective, at image: Image, label: Int
  ) async throws -> Answer {
    try await batch.ask(at: image, from: number) { objective.evaluate($0, label: label) }
  }
}
