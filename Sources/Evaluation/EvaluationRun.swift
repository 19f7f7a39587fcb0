public import Attacks
public import Datasets
public import Execution
internal import Synchronization
public import Tensors

/// A clean pass and attacks on the images still standing, each settled in the journal at once.
public struct EvaluationRun: Sendable {
  /// What happened to one image, as it happens.
  public typealias Observer = @Sendable (LedgerEntry) -> Void

  private let dataset: Dataset
  private let positions: [Int]
  private let steps: [Step]
  private let seed: UInt64

  /// One attack in one set of images.
  private struct Step: Sendable {
    var attack: any Attack
    var set: any PerturbationSet
    var eps: String
    /// Whether a larger radius comes after this one, for which a search is to be remembered.
    var isRemembered = false
  }

  /// Creates an evaluation within several radii.
  ///
  /// An image fooled within one radius is fooled within every larger one, so only those still
  /// standing are attacked within the next. A `MinimumDistanceAttack`, such as `fab-t`, runs
  /// within the first radius only: within the others its nearest misclassified image is judged.
  ///
  /// - Parameters:
  ///   - dataset: where the images come from.
  ///   - positions: which of its images.
  ///   - attacks: in order; all within one radius, then all within the next.
  ///   - norm: of the perturbations.
  ///   - radii: ascending, at least one.
  ///   - seed: of all random numbers.
  public init(
    dataset: Dataset, positions: [Int], attacks: [any Attack], norm: Norm, radii: [Epsilon],
    seed: UInt64
  ) {
    self.dataset = dataset
    self.positions = positions
    steps = radii.flatMap { radius in
      let set = norm.ball(radius: Float(radius.value))
      return attacks.map {
        Step(
          attack: $0, set: set, eps: radius.text,
          isRemembered: $0 is any MinimumDistanceAttack && radius != radii.last)
      }
    }
    self.seed = seed
  }

  /// Runs until every image is fooled or has survived every attack.
  ///
  /// - Parameters:
  ///   - pool: who computes.
  ///   - journal: what is known already is not done again.
  ///   - gate: ends the run as soon as its outcome is certain; nil lets every image have its end.
  ///   - observer: told of every entry after it is settled.
  /// - Throws: `FileError` when the journal cannot be written, `BackendError` when a network cannot
  ///   be computed, `CancellationError` when the task is cancelled; what is settled stays.
  public func run(
    on pool: LanePool, into journal: Journal, until gate: AccuracyGate? = nil,
    observer: @escaping Observer
  ) async throws {
    let watch = GateWatch(
      gate,
      RobustBounds(
        images: positions.count, attacks: steps.count, entries: await journal.entries))
    if watch.isDecided { return }
    do {
      try await attack(on: pool, into: journal) { entry in
        observer(entry)
        try watch.add(entry)
      }
    } catch is GateWatch.Decision {
      // What was in flight is given up; the same command without the gate does it again.
    }
  }

  private func attack(
    on pool: LanePool, into journal: Journal,
    observer: @escaping @Sendable (LedgerEntry) throws -> Void
  ) async throws {
    let queue = StageQueue(
      openItems(after: await journal.entries), stages: steps.count + 1)
    try await pool.run(atMost: positions.count) { lane in
      guard let item = queue.take() else { return false }
      let judgement = try await judge(item, on: lane, of: pool, knowing: journal)
      try await journal.settle(
        judgement.entry, adversarial: judgement.adversarial, boundary: judgement.boundary)
      try observer(judgement.entry)
      switch judgement.entry.outcome {
      case .correct, .survived, .rejected:
        queue.put(.init(position: item.position, stage: item.stage + 1))
      case .wrong, .fooled: break
      }
      return true
    }
  }

  /// What is left to do, given what is settled.
  private func openItems(after entries: [LedgerEntry]) -> [StageQueue.Item] {
    var stages: [Int: Int] = [:]
    for entry in entries {
      switch entry.outcome {
      case .wrong, .fooled: stages[entry.index] = steps.count + 1
      case .correct, .survived, .rejected: stages[entry.index, default: 0] += 1
      }
    }
    return positions.compactMap { position in
      let stage = stages[dataset.index(at: position)] ?? 0
      return stage > steps.count ? nil : .init(position: position, stage: stage)
    }
  }

  private func judge(
    _ item: StageQueue.Item, on lane: Lane, of pool: LanePool, knowing journal: Journal
  ) async throws -> Judgement {
    let example = dataset.example(at: item.position)
    if item.stage > 0 {
      let step = steps[item.stage - 1]
      return try await judge(
        example, step, step.attack, within: step.set, on: lane, of: pool, knowing: journal)
    }
    let oracle = LaneOracle(lane)
    let logits = try await oracle.exactLogits(at: example.image).finite(at: example)
    return Judgement(
      entry: LedgerEntry(
        index: example.index, attack: LedgerEntry.clean,
        outcome: logits.argmax == example.label ? .correct : .wrong, distance: 0,
        margin: logits.margin(of: example.label), predicted: logits.argmax, label: example.label,
        passes: oracle.count))
  }

  private func judge(
    _ example: Example, _ step: Step, _ attack: some Attack, within set: some PerturbationSet,
    on lane: Lane, of pool: LanePool, knowing journal: Journal
  ) async throws -> Judgement {
    let judge = Judge(set: set, example: example, eps: step.eps)
    if attack is any MinimumDistanceAttack {
      let known = try await journal.search(around: example.index, by: attack.name)
      if known.isKnown,
        var judgement = try await judge.judge(known.boundary, of: attack.name, on: lane)
      {
        judgement.boundary = nil
        return judgement
      }
    }
    var judgement = try await judge.judge(attack, seed: seed, on: lane, of: pool)
    if !step.isRemembered || judgement.entry.outcome != .survived { judgement.boundary = nil }
    return judgement
  }
}

/// Ends a run when a gate's outcome is certain.
private final class GateWatch: Sendable {
  /// Thrown to end the run.
  struct Decision: Error {}

  private let gate: AccuracyGate?
  private let bounds: Mutex<RobustBounds>

  init(_ gate: AccuracyGate?, _ bounds: RobustBounds) {
    self.gate = gate
    self.bounds = Mutex(bounds)
  }

  var isDecided: Bool { bounds.withLock { gate?.outcome(for: $0) != nil } }

  func add(_ entry: LedgerEntry) throws(Decision) {
    bounds.withLock { $0.add(entry) }
    if isDecided { throw Decision() }
  }
}
