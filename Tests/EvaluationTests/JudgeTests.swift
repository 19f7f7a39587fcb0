import Attacks
import Execution
import Tensors
import Testing

@testable import Evaluation

@Suite(.timeLimit(.minutes(10))) struct JudgeTests {
  /// Says what it was told to say.
  struct Claim: Attack {
    let name = "claim"
    let settings: [String: String] = [:]
    var image: Image
    var isAdversarial: Bool

    func cost(in norm: Norm, classes: Int) -> AttackCost {
      let none = PassRange(forwards: 0...0, backwards: 0...0)
      return AttackCost(ofSurvivor: none, ofFooled: none)
    }

    func attack(
      _ example: Example, within set: some PerturbationSet, asking oracle: some SharedOracle,
      random: RandomStream
    ) async throws -> Candidate {
      Candidate(image: image, isAdversarial: isAdversarial, value: 1)
    }
  }

  private static let example = Example(index: 3, image: image(0.5), label: 0)

  private static func image(_ first: Float, _ rest: Float = 0.25) -> Image {
    Image(shape: ThresholdNetwork.shape, pixels: [first, rest, rest, rest])
  }

  private func judged(
    _ attack: some Attack, radius: Float, searchingAbove fast: Float, judgingAbove exact: Float
  ) async throws -> (LedgerEntry, Image?) {
    let pool = ThresholdNetwork.pool(searchingAbove: fast, judgingAbove: exact)
    defer { pool.stop() }
    let judge = Judge(set: LinfBall(radius: radius), example: Self.example, eps: "\(radius)")
    let judgement = try await judge.judge(attack, seed: 1, on: pool.lanes[0], of: pool)
    return (judgement.entry, judgement.adversarial)
  }

  /// The fast path misclassifies above 0.55, the exact one above 0.7; only 0.6 can be reached.
  @Test(arguments: AttackList.knownNames)
  func aFastPathThatLiesFoolsNobody(name: String) async throws {
    let attack = try #require(try AttackList.parse(name, in: .linf).first)
    let (entry, image) = try await judged(
      attack, radius: 0.1, searchingAbove: 0.55, judgingAbove: 0.7)
    #expect(entry.outcome == .survived || entry.outcome == .rejected)
    #expect(image == nil)
    #expect(entry.predicted == 0)
    #expect(entry.margin > 0)
    // Two attacks, made to craft training images, take few steps and never get as far as the lie.
    if !["bss", "svgd-author-code"].contains(name) {
      #expect(entry.passes.judgements > 1, "the lie was believed at once, or never told")
    }
  }

  /// The same lie, but 0.75 can be reached: the attack goes on past the lie to a true success.
  @Test(arguments: ["apgd-ce", "apgd-dlr", "apgd-t", "pgd"])
  func anAttackGoesOnBehindALie(name: String) async throws {
    let attack = try #require(try AttackList.parse(name, in: .linf).first)
    let (entry, image) = try await judged(
      attack, radius: 0.25, searchingAbove: 0.55, judgingAbove: 0.7)
    #expect(entry.outcome == .fooled)
    #expect(try #require(image).pixels[0] > 0.7)
    #expect(entry.predicted == 1)
    #expect(entry.margin < 0)
    #expect(entry.distance <= 0.25 + 1e-6)
  }

  /// The exact path alone would misclassify 0.6, but the fast one never sees it.
  @Test func aSuccessThatOnlyTheJudgeSeesCountsToo() async throws {
    let attack = Claim(image: Self.image(0.6), isAdversarial: false)
    let (entry, image) = try await judged(
      attack, radius: 0.1, searchingAbove: 0.9, judgingAbove: 0.55)
    #expect(entry.outcome == .fooled)
    #expect(image == Self.image(0.6))
  }

  @Test func aClaimThatIsNotTrueIsRejected() async throws {
    let attack = Claim(image: Self.image(0.6), isAdversarial: true)
    let (entry, image) = try await judged(
      attack, radius: 0.1, searchingAbove: 0.55, judgingAbove: 0.7)
    #expect(entry.outcome == .rejected)
    #expect(image == nil)
  }

  /// Far away everything is misclassified; what counts is where the image lies once brought back.
  @Test(arguments: [0.9, 1.0, 7, Float.infinity])
  func aCandidateOutsideTheSetNeverCounts(pixel: Float) async throws {
    let attack = Claim(image: Self.image(pixel), isAdversarial: true)
    let (entry, image) = try await judged(
      attack, radius: 0.1, searchingAbove: 0.7, judgingAbove: 0.7)
    #expect(entry.outcome == .rejected)
    #expect(image == nil)
    let (nearer, kept) = try await judged(
      attack, radius: 0.1, searchingAbove: 0.55, judgingAbove: 0.55)
    #expect(nearer.outcome == .fooled)
    #expect(nearer.distance <= 0.1 + 1e-6)
    #expect(try #require(kept).pixels[0] <= 0.6 + 1e-6)
  }

  @Test func anImageOutsideTheBoxIsBroughtBack() async throws {
    let attack = Claim(image: Self.image(0.6, -0.5), isAdversarial: true)
    let (entry, image) = try await judged(
      attack, radius: 0.3, searchingAbove: 0.55, judgingAbove: 0.55)
    #expect(entry.outcome == .fooled)
    #expect(try #require(image).pixels == [0.6, 0, 0, 0])
  }

  @Test func logitsThatAreNoNumbersAreAnErrorOfTheCheckpoint() async throws {
    let attack = Claim(image: Self.image(0.6), isAdversarial: true)
    let error = await #expect(throws: EvaluationError.self) {
      try await judged(attack, radius: 0.1, searchingAbove: 0.7, judgingAbove: .nan)
    }
    #expect(error?.exitCode == 65)
    #expect(error?.description.hasPrefix("image 3: ") == true)
  }

  @Test func anImageThatIsNotANumberIsRejected() async throws {
    let attack = Claim(image: Self.image(0.6, .nan), isAdversarial: true)
    let (entry, image) = try await judged(
      attack, radius: 0.1, searchingAbove: 0.55, judgingAbove: 0.55)
    #expect(entry.outcome == .rejected)
    #expect(image == nil)
  }
}
