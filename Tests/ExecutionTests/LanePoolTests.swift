import Synchronization
import Tensors
import Testing

@testable import Execution

@Suite(.timeLimit(.minutes(10))) struct LanePoolTests {
  private static func pool(
    lanes: Int = 1, width: Int, fast: PolynomialNetwork,
    exact: PolynomialNetwork = PolynomialNetwork(),
    prepareThread: @escaping @Sendable () -> Void = {}
  ) -> LanePool {
    LanePool(lanes: lanes, width: width, fast: fast, exact: exact, prepareThread: prepareThread)
  }

  /// Does every number below a count once, whichever seat takes it.
  private static func forEach(
    below count: Int, on pool: LanePool,
    _ work: @escaping @Sendable (Int, LaneOracle) async throws -> Void
  ) async throws {
    _ = try await pool.map(Array(0..<count), work)
  }

  @Test(arguments: [1, 2], [1, 7, 16, 32])
  func everyAskerGetsItsOwnAnswer(lanes: Int, width: Int) async throws {
    let pool = Self.pool(lanes: lanes, width: width, fast: PolynomialNetwork())
    defer { pool.stop() }
    let done = Mutex(0)
    try await Self.forEach(below: 100, on: pool) { number, oracle in
      let image = PolynomialNetwork.image(number)
      let logits = PolynomialNetwork.logits(number)
      let (a, b) = (logits[0], logits[1])
      #expect(try await oracle.logits(at: image) == logits)
      let label = number % 2
      let answer = try await oracle.gradient(of: WeightedLogits(), at: image, label: label)
      #expect(answer.logits == logits)
      #expect(answer.value == 2 * logits[label] + a * b)
      #expect(answer.gradient.pixels == (label == 0 ? [2 + b, a] : [b, 2 + a]))
      #expect(try await oracle.exactLogits(at: image) == logits)
      done.withLock { $0 += 1 }
    }
    #expect(done.withLock { $0 } == 100)
  }

  @Test func lanesTakeOneNetworkAfterTheOther() async throws {
    let networks = [PolynomialNetwork(), PolynomialNetwork()]
    let pool = LanePool(
      lanes: 4, width: 1, fast: networks, exact: PolynomialNetwork(), prepareThread: {})
    defer { pool.stop() }
    for lane in 0..<3 {
      let oracle = LaneOracle(pool.lanes[lane])
      let image = PolynomialNetwork.image(lane)
      #expect(try await oracle.logits(at: image) == PolynomialNetwork.logits(lane))
      #expect(networks.map(\.calls.count) == [lane / 2 + 1, (lane + 1) / 2])
    }
  }

  @Test func batchesHoldTheQuestionsOfAllAttacksInFlight() async throws {
    let network = PolynomialNetwork()
    let pool = Self.pool(width: 8, fast: network)
    defer { pool.stop() }
    let start = Gate(for: 8)
    try await Self.forEach(below: 24, on: pool) { number, oracle in
      if number < 8 { await start.pass() }
      for _ in 0..<5 { _ = try await oracle.logits(at: PolynomialNetwork.image(number)) }
    }
    // 24 attacks of 5 questions in 8 seats.
    #expect(
      network.calls == Array(repeating: .init(pass: .forward, seats: 8, taken: 8), count: 15))
  }

  @Test func aFreeSeatIsTakenByTheNextAttackAtOnce() async throws {
    let network = PolynomialNetwork()
    let pool = Self.pool(width: 4, fast: network)
    defer { pool.stop() }
    let start = Gate(for: 4)
    // One long attack beside many short ones: 1 × 20 and 20 × 3 questions in 4 seats.
    try await Self.forEach(below: 21, on: pool) { number, oracle in
      if number < 4 { await start.pass() }
      for _ in 0..<(number == 0 ? 20 : 3) {
        _ = try await oracle.logits(at: PolynomialNetwork.image(number))
      }
    }
    #expect(network.calls.reduce(0) { $0 + $1.taken } == 80)
    #expect(network.calls.prefix(18).allSatisfy { $0.taken == 4 })
    // 20 short attacks in 3 seats leave 2 in the last round.
    #expect(network.calls.count == 21)
  }

  @Test func gradientsAndLogitsAreBatchesOfTheirOwn() async throws {
    let network = PolynomialNetwork()
    let pool = Self.pool(width: 16, fast: network)
    defer { pool.stop() }
    let start = Gate(for: 14)
    try await Self.forEach(below: 14, on: pool) { number, oracle in
      await start.pass()
      let image = PolynomialNetwork.image(number)
      if number < 3 {
        _ = try await oracle.gradient(of: WeightedLogits(), at: image, label: 0)
      } else {
        _ = try await oracle.logits(at: image)
      }
    }
    #expect(
      Set(network.calls) == [
        .init(pass: .forward, seats: 3, taken: 3), .init(pass: .backward, seats: 3, taken: 3),
        .init(pass: .forward, seats: 12, taken: 11),
      ])
  }

  @Test func branchesTakeTheFreeSeatsOfAllLanes() async throws {
    let pool = Self.pool(lanes: 2, width: 2, fast: PolynomialNetwork())
    defer { pool.stop() }
    let oracle = LaneOracle(pool.lanes[0], of: pool)
    var branches = (0..<5).compactMap { _ in oracle.branch() }
    #expect(branches.count == 4)
    #expect(LaneOracle(pool.lanes[0]).branch() == nil, "there is no pool to branch into")
    let image = PolynomialNetwork.image(0)
    #expect(try await branches[0].logits(at: image) == PolynomialNetwork.logits(0))
    _ = try await branches[1].logits(at: image)
    oracle.adopt(branches[0])
    oracle.discard(branches[1])
    #expect(oracle.count.forwards == 1)
    #expect(oracle.count.seconds >= branches[0].count.seconds + branches[1].count.seconds)
    branches.removeLast()
    #expect(oracle.branch() != nil, "a seat is free again")
  }

  @Test func questionsAskedTogetherAreOneBatchAndCountUntilOneIsEnough() async throws {
    let network = PolynomialNetwork()
    let pool = Self.pool(width: 16, fast: network)
    defer { pool.stop() }
    let oracle = LaneOracle(pool.lanes[0], of: pool)
    var proposed = -1
    // On the lane's own thread, as attacks are, so that the lane answers when all have asked.
    func asked(atMost count: Int) async throws -> [[Float]] {
      try await withTaskExecutorPreference(pool.lanes[0].executor) {
        try await oracle.logits(atMost: count) {
          proposed += 1
          return PolynomialNetwork.image(proposed)
        } until: {
          $0 == PolynomialNetwork.logits(2)
        }
      }
    }
    #expect(try await asked(atMost: 5) == (0..<3).map { PolynomialNetwork.logits($0) })
    #expect(oracle.count.forwards == 3)
    #expect(network.calls == [.init(pass: .forward, seats: 5, taken: 5)])
    #expect(try await asked(atMost: 100).count == 8, "an efficient batch")
    let others = (0..<3).compactMap { _ in oracle.branch() }
    #expect(try await asked(atMost: 100).count == 2, "three attacks share an efficient batch")
    withExtendedLifetime(others) {}
  }

  @Test func idleLanesAnswerHalfOfWhatIsAskedTogether() async throws {
    let network = PolynomialNetwork()
    let pool = Self.pool(lanes: 2, width: 16, fast: network)
    defer { pool.stop() }
    let oracle = LaneOracle(pool.lanes[1], of: pool)
    func asked(atMost count: Int) async throws -> [[Float]] {
      var proposed = -1
      return try await oracle.logits(atMost: count) {
        proposed += 1
        return PolynomialNetwork.image(proposed)
      } until: { _ in
        false
      }
    }
    #expect(try await asked(atMost: 6) == (0..<6).map { PolynomialNetwork.logits($0) })
    #expect(network.calls.allSatisfy { $0.taken <= 3 })
    #expect(network.calls.reduce(0) { $0 + $1.taken } == 6)
    #expect(try await asked(atMost: 100).count == 16)
    let others = (0..<2).compactMap { _ in oracle.branch() }
    #expect(try await asked(atMost: 100).count == 8, "no lane is idle any more")
    withExtendedLifetime(others) {}
  }

  @Test func theExactPathTakesOneImageAtATime() async throws {
    let (fast, exact) = (PolynomialNetwork(), PolynomialNetwork())
    let pool = Self.pool(width: 16, fast: fast, exact: exact)
    defer { pool.stop() }
    try await Self.forEach(below: 16, on: pool) { number, oracle in
      _ = try await oracle.exactLogits(at: PolynomialNetwork.image(number))
    }
    #expect(fast.calls.isEmpty)
    #expect(
      exact.calls == Array(repeating: .init(pass: .forward, seats: 1, taken: 1), count: 16))
  }

  @Test func aFailureReachesItsAskerAndTheLaneGoesOn() async throws {
    let pool = Self.pool(width: 4, fast: PolynomialNetwork())
    defer { pool.stop() }
    let poisoned = Image(
      shape: PolynomialNetwork().input, pixels: [PolynomialNetwork.poison, 1])
    for _ in 0..<3 {
      let error = await #expect(throws: BackendError.self) {
        try await pool.run(atMost: 1) { lane in
          _ = try await LaneOracle(lane).logits(at: poisoned)
          return false
        }
      }
      #expect(error?.description == "forward: poisoned")
      try await Self.forEach(below: 4, on: pool) { number, oracle in
        let logits = try await oracle.logits(at: PolynomialNetwork.image(number))
        #expect(logits == PolynomialNetwork.logits(number))
      }
    }
  }

  @Test func aPlanThatCannotBeMadeEndsTheRunWithItsReason() async throws {
    let pool = Self.pool(lanes: 2, width: 8, fast: PolynomialNetwork(largestPlan: 1))
    defer { pool.stop() }
    let error = await #expect(throws: BackendError.self) {
      try await pool.run(atMost: 64) { lane in
        _ = try await LaneOracle(lane).logits(at: PolynomialNetwork.image(0))
        return true
      }
    }
    #expect(error?.problem == "too large")
  }

  @Test(arguments: [1, 2]) func cancellationEndsAnEndlessRun(lanes: Int) async throws {
    let pool = Self.pool(lanes: lanes, width: 4, fast: PolynomialNetwork())
    defer { pool.stop() }
    let questions = Mutex(0)
    let run = Task {
      try await pool.run(atMost: 8) { lane in
        _ = try await LaneOracle(lane).logits(at: PolynomialNetwork.image(0))
        questions.withLock { $0 += 1 }
        return true
      }
    }
    while questions.withLock({ $0 }) < 100 { try await Task.sleep(for: .milliseconds(1)) }
    run.cancel()
    await #expect(throws: CancellationError.self) { try await run.value }
    let atTheEnd = questions.withLock { $0 }
    try await Task.sleep(for: .milliseconds(20))
    #expect(questions.withLock { $0 } == atTheEnd)
  }

  @Test func questionsAreCountedByKind() async throws {
    let pool = Self.pool(width: 4, fast: PolynomialNetwork())
    defer { pool.stop() }
    try await Self.forEach(below: 9, on: pool) { number, oracle in
      let image = PolynomialNetwork.image(number)
      for _ in 0..<number { _ = try await oracle.logits(at: image) }
      for _ in 0..<2 {
        _ = try await oracle.gradient(of: WeightedLogits(), at: image, label: 1)
      }
      _ = try await oracle.exactLogits(at: image)
      #expect(oracle.count.forwards == number + 2)
      #expect(oracle.count.backwards == 2)
      #expect(oracle.count.judgements == 1)
      #expect(oracle.count.seconds > 0)
    }
  }

  @Test func everyThreadIsPreparedOnce() async throws {
    let threads = Mutex(0)
    let pool = Self.pool(lanes: 3, width: 2, fast: PolynomialNetwork()) {
      threads.withLock { $0 += 1 }
    }
    defer { pool.stop() }
    try await Self.forEach(below: 60, on: pool) { number, oracle in
      _ = try await oracle.logits(at: PolynomialNetwork.image(number))
    }
    // Every lane had a seat that asked whether work was left.
    #expect(threads.withLock { $0 } == 3)
  }
}
