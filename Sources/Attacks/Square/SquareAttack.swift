public import Execution
public import Tensors

/// The Square attack: random search that needs no gradient.
///
/// Source: Andriushchenko, Croce, Flammarion & Hein, *Square Attack: a query-efficient black-box
/// adversarial attack via random search*, ECCV 2020, algorithm 1.
public struct SquareAttack: Attack {
  /// For lists, reports and random streams.
  public let name = "square"
  /// How many changes are tried in a run.
  public var queries: Int
  /// The share of the pixels that the first squares cover.
  public var share: Float
  /// The number of runs.
  public var restarts: Int

  /// Creates an attack; without arguments AutoAttack's.
  ///
  /// - Parameters:
  ///   - queries: how many changes are tried in a run.
  ///   - share: of the pixels that the first squares cover, in (0, 1].
  ///   - restarts: the number of runs, at least 1.
  public init(queries: Int = 5000, share: Float = 0.8, restarts: Int = 1) {
    precondition(queries > 0 && restarts > 0, "an attack has at least one run of one query")
    precondition(share > 0 && share <= 1, "a share is positive and at most 1")
    self.queries = queries
    self.share = share
    self.restarts = restarts
  }

  /// The settings that influence the result, for the report.
  public var settings: [String: String] {
    ["queries": "\(queries)", "share": "\(share)", "restarts": "\(restarts)", "loss": "margin"]
  }

  /// Logits only: at the start of a run and for every change.
  public func cost(in norm: Norm, classes: Int) -> AttackCost {
    AttackCost(
      ofSurvivor: .exactly(gradients: 0, logits: 1 + Double(queries)),
      ofFooled: .exactly(gradients: 0, logits: 1)
    ).repeated(restarts)
  }

  /// Searches run by run, and returns as soon as an image is misclassified.
  public func attack(
    _ example: Example, within set: some PerturbationSet, asking oracle: some SharedOracle,
    random: RandomStream
  ) async throws -> Candidate {
    let logits = try await oracle.logits(at: example.image)
    var best = Candidate(example.image, of: example, logits: logits, objective: Margin())
    for restart in 0..<restarts where !best.isAdversarial {
      var stream = random.forked(restart)
      best = best.orBetter(
        try await search(example, within: set, asking: oracle, random: &stream))
    }
    return best
  }

  private func search(
    _ example: Example, within set: some PerturbationSet, asking oracle: some SharedOracle,
    random: inout RandomStream
  ) async throws -> Candidate {
    let proposals = set.squareProposals(around: example.image)
    let start = proposals.start(using: &random)
    var best = Candidate(
      start, of: example, logits: try await oracle.logits(at: start), objective: Margin())
    var query = 0
    var futile = 0
    while query < queries && !best.isAdversarial {
      // Several changes may be asked for as if none helped; those behind one that does are drawn
      // again. The longer none has helped, the likelier that is to go well.
      var changed: [(image: Image, next: RandomStream)] = []
      var tried: [Candidate] = []
      func helps(_ candidate: Candidate) -> Bool {
        candidate.isAdversarial || candidate.value > best.value
      }
      let rows = try await oracle.logits(atMost: min(futile + 1, queries - query)) {
        let share = share / Self.divisor(query: query + changed.count)
        let image = proposals.change(best.image, share: share, using: &random)
        changed.append((image, random))
        return image
      } until: { logits in
        let image = changed[tried.count].image
        tried.append(Candidate(image, of: example, logits: logits, objective: Margin()))
        return helps(tried[tried.count - 1])
      }
      let last = tried[rows.count - 1]
      random = changed[rows.count - 1].next
      query += rows.count
      futile = helps(last) ? 0 : futile + rows.count
      if helps(last) { best = last }
    }
    return best
  }

  /// By how much the share has shrunk: halved after 10, 50, 200, 500, … changes.
  ///
  /// As in AutoAttack, the schedule is for 10,000 queries and is not rescaled for fewer.
  static func divisor(query: Int) -> Float {
    [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000].reduce(1) { $1 < query ? 2 * $0 : $0 }
  }
}
