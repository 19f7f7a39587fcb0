internal import Foundation
internal import Tensors

/// A pinned thread that answers the questions of many attacks in batches.
///
/// Attacks in flight run on the lane's own thread; when all of them wait for an answer, their
/// questions form the next batch. So batches are as full as there are attacks in flight.
public actor Lane {
  /// What is asked.
  enum Question {
    /// Logits, on the fast path.
    case logits
    /// Logits and gradient of an objective, on the fast path.
    case gradient(@Sendable ([Float]) -> (value: Float, cotangent: [Float]))
    /// Logits on the exact path.
    case exact
  }

  /// What is answered.
  struct Reply: Sendable {
    var value: Float
    var logits: [Float]
    var gradient: Image?
    /// The question's share of its batch's time.
    var seconds: Double
  }

  private struct Pending {
    var question: Question
    var image: Image
    var reply: CheckedContinuation<Reply, any Error>
  }

  private let fast: any CompiledNetwork
  private let exact: any CompiledNetwork
  private let width: Int
  private var pending: [Pending] = []
  private var forwardPlans: [Int: any ExecutionPlan] = [:]
  private var gradientPlans: [Int: any ExecutionPlan] = [:]
  private var exactPlan: (any ExecutionPlan)?
  private let memory = PlanMemory()
  nonisolated let thread: LaneThread

  /// The lane's own thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    thread.asUnownedSerialExecutor()
  }

  /// The executor that the lane's attacks prefer.
  public nonisolated var executor: any TaskExecutor { thread }

  /// The number of classes.
  public nonisolated let classes: Int

  /// Starts a lane.
  ///
  /// - Parameters:
  ///   - name: for debuggers.
  ///   - fast: what attacks search with.
  ///   - exact: what decides.
  ///   - width: the largest batch, at least 1.
  ///   - prepareThread: called first on the lane's thread.
  public init(
    name: String, fast: any CompiledNetwork, exact: any CompiledNetwork, width: Int,
    prepareThread: @escaping @Sendable () -> Void
  ) {
    precondition(width > 0, "a lane is at least one image wide")
    self.fast = fast
    self.exact = exact
    self.width = width
    classes = fast.classes
    thread = LaneThread()
    thread.start(name: name, begin: prepareThread)
    thread.onIdle { [weak self] in
      guard let self else { return false }
      return assumeIsolated { $0.answerPending() }
    }
  }

  /// Ends the lane's thread once no attack is left.
  public nonisolated func stop() { thread.stop() }

  /// Waits until the question was answered in a batch.
  func ask(_ question: Question, at image: Image) async throws -> Reply {
    try await withCheckedThrowingContinuation { reply in
      pending.append(Pending(question: question, image: image, reply: reply))
    }
  }

  /// Evaluates everything that was asked since the last time.
  ///
  /// - Returns: whether there was anything.
  private func answerPending() -> Bool {
    if pending.isEmpty { return false }
    let asked = pending
    pending.removeAll(keepingCapacity: true)
    var logits: [Pending] = []
    var gradients: [Pending] = []
    for next in asked {
      switch next.question {
      case .logits: logits.append(next)
      case .gradient: gradients.append(next)
      case .exact: answerInBatches([next], size: 1, plan: exactPlan(of:))
      }
    }
    answerInBatches(gradients, size: width, plan: gradientPlan(of:))
    answerInBatches(logits, size: width, plan: forwardPlan(of:))
    return true
  }

  private func answerInBatches(
    _ questions: [Pending], size: Int, plan: (Int) throws(BackendError) -> any ExecutionPlan
  ) {
    var rest = questions[...]
    while !rest.isEmpty {
      let batch = Array(rest.prefix(size))
      rest = rest.dropFirst(size)
      do throws(BackendError) {
        try answer(batch, with: try plan(batch.count))
      } catch {
        for question in batch { question.reply.resume(throwing: error) }
      }
    }
  }

  /// The smallest plan size that holds a number of questions: up to 8, or a multiple of 4, or the
  /// width.
  private func planSize(_ count: Int) -> Int {
    min(count <= 8 ? count : (count + 3) / 4 * 4, width)
  }

  private func forwardPlan(of count: Int) throws(BackendError) -> any ExecutionPlan {
    let size = planSize(count)
    if let plan = forwardPlans[size] { return plan }
    let plan = try newPlan(of: fast, batch: size, computing: [])
    forwardPlans[size] = plan
    return plan
  }

  private func gradientPlan(of count: Int) throws(BackendError) -> any ExecutionPlan {
    let size = planSize(count)
    if let plan = gradientPlans[size] { return plan }
    let plan = try newPlan(of: fast, batch: size, computing: .input)
    gradientPlans[size] = plan
    return plan
  }

  private func exactPlan(of count: Int) throws(BackendError) -> any ExecutionPlan {
    if let exactPlan { return exactPlan }
    let plan = try newPlan(of: exact, batch: 1, computing: [])
    exactPlan = plan
    return plan
  }

  /// Makes a plan, and forgets the others if it needs more memory than they have: they are made
  /// again, in the larger block, when they are needed.
  private func newPlan(
    of network: any CompiledNetwork, batch: Int, computing derivatives: Derivatives
  ) throws(BackendError) -> any ExecutionPlan {
    let former = memory.block
    let plan = try network.plan(batch: batch, computing: derivatives, in: memory)
    if memory.block !== former {
      forwardPlans = [:]
      gradientPlans = [:]
      exactPlan = nil
    }
    return plan
  }

  private func answer(_ batch: [Pending], with plan: any ExecutionPlan) throws(BackendError) {
    let start = ContinuousClock.now
    let inputCount = fast.input.count
    var images: [Float] = []
    images.reserveCapacity(plan.batch * inputCount)
    for question in batch { images += question.image.pixels }
    // The seats that nobody asked for compute something harmless.
    images += repeatElement(0, count: (plan.batch - batch.count) * inputCount)
    var logits = [Float](repeating: 0, count: plan.batch * classes)
    var logitSpan = logits.mutableSpan
    try plan.forward(images.span, logits: &logitSpan)
    let rows = batch.indices.map { Array(logits[$0 * classes..<($0 + 1) * classes]) }
    var values = [Float](repeating: 0, count: batch.count)
    var gradients: [Image?] = Array(repeating: nil, count: batch.count)
    if case .gradient = batch[0].question {
      var cotangent = [Float](repeating: 0, count: logits.count)
      for (row, question) in batch.enumerated() {
        guard case .gradient(let objective) = question.question else { continue }
        let result = objective(rows[row])
        values[row] = result.value
        cotangent.replaceSubrange(row * classes..<(row + 1) * classes, with: result.cotangent)
      }
      var gradientSpan = images.mutableSpan
      try plan.backward(cotangent.span, gradients: &gradientSpan)
      for row in batch.indices {
        gradients[row] = Image(
          shape: fast.input, pixels: Array(images[row * inputCount..<(row + 1) * inputCount]))
      }
    }
    let share = (ContinuousClock.now - start) / batch.count
    for (row, question) in batch.enumerated() {
      question.reply.resume(
        returning: Reply(
          value: values[row], logits: rows[row], gradient: gradients[row],
          seconds: share / .seconds(1)))
    }
  }
}
