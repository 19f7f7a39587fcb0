internal import Attacks
internal import Execution
internal import Synchronization
internal import Tensors

/// One attack's view of the network, in which every success inside the set is confirmed.
///
/// Where the fast path misclassifies an image of the set, the exact path is asked; if it does not
/// agree, its logits are the answer, and the attack goes on. So a fast kernel can cost a success,
/// never invent one.
final class JudgingOracle<Domain: PerturbationSet>: SharedOracle {
  private let lane: LaneOracle
  private let set: Domain
  private let example: Example
  private let confirmed = Mutex<Confirmed?>(nil)

  /// A misclassified image inside the set, with its exact logits.
  private typealias Confirmed = (image: Image, logits: [Float])

  init(_ lane: LaneOracle, set: Domain, example: Example) {
    self.lane = lane
    self.set = set
    self.example = example
  }

  var classes: Int { lane.classes }

  func logits(
    atMost count: Int, proposing propose: () -> Image,
    until isEnough: ([Float]) async throws -> Bool
  ) async throws -> [[Float]] {
    var images: [Image] = []
    var rows: [[Float]] = []
    _ = try await lane.logits(atMost: count) {
      images.append(propose())
      return images[images.count - 1]
    } until: { logits in
      rows.append(try await confirming(logits, at: images[rows.count]))
      return try await isEnough(rows[rows.count - 1])
    }
    return rows
  }

  func runs<Result: Sendable>(
    _ count: Int, until isEnough: @Sendable (Result) -> Bool,
    _ run: @escaping @Sendable (Int, JudgingOracle) async throws -> Result
  ) async throws -> [Result] {
    let (set, example) = (set, example)
    let outcomes = try await lane.runs(count, until: { isEnough($0.result) }) { number, lane in
      let own = JudgingOracle(lane, set: set, example: example)
      return Outcome(
        result: try await run(number, own), confirmed: own.confirmed.withLock { $0 })
    }
    for success in outcomes.compactMap(\.confirmed) { confirmed.withLock { $0 = success } }
    return outcomes.map(\.result)
  }

  /// What came of a run, with the success that was confirmed in it.
  private struct Outcome<Result: Sendable>: Sendable {
    var result: Result
    var confirmed: Confirmed?
  }

  func logits(at image: Image) async throws -> [Float] {
    try await confirming(try await lane.logits(at: image), at: image)
  }

  func gradient(
    of objective: some Objective, at image: Image, label: Int
  ) async throws -> Answer {
    var answer = try await lane.gradient(of: objective, at: image, label: label)
    answer.logits = try await confirming(answer.logits, at: image)
    return answer
  }

  /// The exact logits at an image, remembered if they confirmed a success there.
  func verdict(on image: Image) async throws -> [Float] {
    if let known = confirmed.withLock({ $0 }), known.image == image { return known.logits }
    return try await lane.exactLogits(at: image)
  }

  private func confirming(_ logits: [Float], at image: Image) async throws -> [Float] {
    if logits.argmax == example.label || !set.contains(image, around: example.image) {
      return logits
    }
    let exact = try await lane.exactLogits(at: image)
    if exact.argmax == example.label { return exact }
    confirmed.withLock { $0 = (image, exact) }
    return logits
  }
}

/// Decides what an attack's candidate is worth.
struct Judge<Domain: PerturbationSet> {
  let set: Domain
  let example: Example
  /// The set's radius as the ledger names it.
  let eps: String

  /// Attacks an image and judges the outcome on the exact path.
  ///
  /// - Parameters:
  ///   - attack: what to run.
  ///   - seed: of the run.
  ///   - lane: who answers.
  ///   - pool: whose free seats may be used; by default there are none.
  /// - Returns: what came of it.
  /// - Throws: what the attack throws; ``EvaluationError`` when logits are not finite.
  func judge(
    _ attack: some Attack, seed: UInt64, on lane: Lane, of pool: LanePool? = nil
  ) async throws -> Judgement {
    let counted = LaneOracle(lane, of: pool)
    let oracle = JudgingOracle(counted, set: set, example: example)
    let candidate = try await attack.attack(
      example, within: set, asking: oracle,
      random: RandomStream(seed: seed).forked(example.index).forked(attack.name))
    return try await judgement(on: candidate, of: attack.name, oracle, counted)
  }

  /// Judges what a `MinimumDistanceAttack` came across within a smaller radius.
  ///
  /// This is what running it again would give. Its steps would be the same up to the first that
  /// lies within the radius now, and there is one just if the nearest does. Only where the exact
  /// path does not confirm that one would the steps after it differ.
  ///
  /// - Parameters:
  ///   - boundary: the nearest misclassified image; nil where there was none.
  ///   - attack: the attack's name.
  ///   - lane: who answers.
  /// - Returns: what came of it; nil where the attack has to be run again to know.
  /// - Throws: ``EvaluationError`` when logits are not finite.
  func judge(
    _ boundary: Candidate.BoundaryPoint?, of attack: String, on lane: Lane
  ) async throws -> Judgement? {
    let counted = LaneOracle(lane)
    let judgement = try await judgement(
      on: Candidate(boundary, around: example.image, within: set), of: attack,
      JudgingOracle(counted, set: set, example: example), counted)
    let isInside = boundary.map { set.contains($0.image, around: example.image) } ?? false
    return isInside && judgement.adversarial == nil ? nil : judgement
  }

  private func judgement(
    on candidate: Candidate, of attack: String, _ oracle: JudgingOracle<Domain>,
    _ counted: LaneOracle
  ) async throws -> Judgement {
    let image =
      set.contains(candidate.image, around: example.image)
      ? candidate.image : set.project(candidate.image, around: example.image).clippedToBox()
    let isAllowed = set.contains(image, around: example.image)
    let logits = try await oracle.verdict(on: image).finite(at: example)
    let isFooled = isAllowed && logits.argmax != example.label
    let outcome: LedgerEntry.Outcome =
      isFooled ? .fooled : candidate.isAdversarial ? .rejected : .survived
    let entry = LedgerEntry(
      index: example.index, attack: attack, outcome: outcome,
      distance: set.distance(of: image, from: example.image),
      margin: logits.margin(of: example.label),
      predicted: logits.argmax, label: example.label, passes: counted.count, eps: eps,
      boundaryDistance: candidate.boundary?.distance)
    return Judgement(
      entry: entry, adversarial: isFooled ? image : nil, boundary: candidate.boundary?.image)
  }
}

/// What came of one attack on one image.
struct Judgement: Sendable {
  /// For the ledger.
  var entry: LedgerEntry
  /// The misclassified image in the set, if there is one.
  var adversarial: Image?
  /// The nearest misclassified image that an attack on the boundary came across.
  var boundary: Image?
}

extension [Float] {
  /// The logits, if they say anything at all.
  func finite(at example: Example) throws(EvaluationError) -> [Float] {
    if allSatisfy(\.isFinite) { return self }
    throw EvaluationError(
      kind: .data, place: "image \(example.index)",
      problem: "the network's logits are not finite numbers; check the checkpoint's weights")
  }

  /// The logit of the true class minus the largest other one.
  func margin(of label: Int) -> Double {
    var other = -Float.infinity
    for (position, logit) in enumerated() where position != label {
      other = Swift.max(other, logit)
    }
    return Double(self[label]) - Double(other)
  }
}
