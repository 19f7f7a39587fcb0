import Synchronization
import Tensors
import Testing

@testable import Attacks
@testable import Execution

/// Runs that are made at once against the same runs made one after the other.
@Suite struct IndependentRunsTests {
  /// Counts what it is asked and gives out some branches.
  private final class Counter: BranchingOracle {
    let classes = 2
    private let state: Mutex<(asked: Int, time: Int, branches: Int)>

    init(branches: Int) { state = Mutex((0, 0, branches)) }

    var asked: Int { state.withLock { $0.asked } }
    var time: Int { state.withLock { $0.time } }

    func logits(at image: Image) async throws -> [Float] {
      try Task.checkCancellation()
      state.withLock {
        $0.asked += 1
        $0.time += 1
      }
      await Task.yield()
      return [0, 1]
    }

    func gradient(
      of objective: some Objective, at image: Image, label: Int
    ) async throws -> Answer { Answer(value: 0, logits: [0, 1], gradient: image) }

    func logits(
      atMost count: Int, proposing propose: () -> Image,
      until isEnough: ([Float]) async throws -> Bool
    ) async throws -> [[Float]] {
      let row = try await logits(at: propose())
      _ = try await isEnough(row)
      return [row]
    }

    var executor: (any TaskExecutor)? { nil }

    func branch() -> Counter? {
      state.withLock { state in
        if state.branches == 0 { return nil }
        state.branches -= 1
        return Counter(branches: 0)
      }
    }

    func adopt(_ branch: Counter) {
      state.withLock {
        $0.asked += branch.asked
        $0.time += branch.time
        $0.branches += 1
      }
    }

    func discard(_ branch: Counter) {
      state.withLock {
        $0.time += branch.time
        $0.branches += 1
      }
    }
  }

  /// How many questions a run asks, and what comes of it.
  private struct Plan {
    var questions: Int
    var value: Float
    var isAdversarial = false
  }

  private static func candidate(_ value: Float, _ isAdversarial: Bool = false) -> Candidate {
    let pixel = FeatureShape(channels: 1, height: 1, width: 1)
    return Candidate(
      image: Image(shape: pixel, pixels: [value]), isAdversarial: isAdversarial, value: value)
  }

  private static func best(
    of plans: [Plan], branches: Int
  ) async throws -> (candidate: Candidate, asked: Int, time: Int) {
    let oracle = Counter(branches: branches)
    let best = try await bestOfRuns(plans.count, surpassing: candidate(0), asking: oracle) {
      number, oracle in
      for _ in 0..<plans[number].questions {
        _ = try await oracle.logits(at: candidate(0).image)
      }
      return candidate(plans[number].value, plans[number].isAdversarial)
    }
    return (best, oracle.asked, oracle.time)
  }

  @Test(arguments: 0..<6)
  func theFirstSuccessDecidesNotTheEarliest(branches: Int) async throws {
    let plans = [
      Plan(questions: 7, value: 3), Plan(questions: 30, value: 1, isAdversarial: true),
      Plan(questions: 2, value: 9, isAdversarial: true), Plan(questions: 1, value: 8),
      Plan(questions: 500, value: 5),
    ]
    let (best, asked, time) = try await Self.best(of: plans, branches: branches)
    #expect(best == Self.candidate(1, true))
    #expect(asked == 37)
    #expect(branches < 2 ? time == 37 : time > 37)
  }

  @Test(arguments: 0..<4)
  func withoutSuccessTheBestOfAllIsReturned(branches: Int) async throws {
    let plans = [2, 5, 4, -1, 5].enumerated().map {
      Plan(questions: 10 - $0.offset, value: Float($0.element))
    }
    let (best, asked, time) = try await Self.best(of: plans, branches: branches)
    #expect(best == Self.candidate(5))
    #expect(asked == 40 && time == 40)
  }

  @Test func nothingIsRunBehindAMisclassifiedStart() async throws {
    let oracle = Counter(branches: 3)
    let start = Self.candidate(0, true)
    let best = try await bestOfRuns(4, surpassing: start, asking: oracle) { _, oracle in
      _ = try await oracle.logits(at: start.image)
      return Self.candidate(1)
    }
    #expect(best == start)
    #expect(oracle.time == 0)
  }

  @Test func anErrorOfARunIsThrown() async throws {
    struct Failure: Error {}
    await #expect(throws: Failure.self) {
      try await bestOfRuns(
        4, surpassing: Self.candidate(0), asking: Counter(branches: 3)
      ) { number, oracle in
        if number == 2 { throw Failure() }
        return Self.candidate(Float(number))
      }
    }
  }
}
