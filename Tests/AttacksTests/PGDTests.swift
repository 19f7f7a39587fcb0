import Execution
import Tensors
import TestSupport
import Testing

@testable import Attacks

@Suite struct PGDTests {
  private static let example = Example(
    index: 0, image: TinyNetwork.examples[0], label: TinyNetwork.labels[0])
  /// The signs of the way to the published Auto-PGD maximum, the first pixel apart.
  private static let signs: [Float] = [-1, -1, -1, 1, 1]

  private func found(
    _ text: String, within set: any PerturbationSet, asking oracle: TinyNetwork = TinyNetwork()
  ) async throws -> Candidate {
    let attack = try #require(try AttackList.parse(text, in: set.norm).first)
    return try await attack.attack(
      Self.example, within: set, asking: oracle, random: RandomStream(seed: 0))
  }

  @Test(
    arguments: [
      ("pgd(steps=1,step=0.02,start=clean)", 0.015), ("pgd(steps=1,step=eps/3,start=clean)", 0.005),
      ("fgsm", 0.015),
    ] as [(String, Float)])
  func aStepFromTheCleanImageIsTheFormula(text: String, length: Float) async throws {
    let found = try await found(text, within: LinfBall(radius: 0.015))
    let step = found.image - Self.example.image
    for (own, sign) in zip(step.pixels.dropFirst(), Self.signs) {
      #expect(abs(own - length * sign) < 1e-7)
    }
  }

  @Test func theFastGradientMethodAsksForOneGradient() async throws {
    let oracle = TinyNetwork()
    _ = try await found("fgsm", within: L2Ball(radius: 0.1), asking: oracle)
    #expect(oracle.passes == (3, 1))
  }

  /// This image is fooled on the way, but the published protocol looks at the end only.
  @Test func tradesPaysForEveryStepWhateverHappensOnTheWay() async throws {
    let oracle = TinyNetwork()
    let found = try await found("trades-pgd", within: LinfBall(radius: 0.3), asking: oracle)
    #expect(oracle.passes == (22, 20))
    #expect(found.isAdversarial)
    let early = TinyNetwork()
    _ = try await self.found(
      "trades-pgd(judged=any)", within: LinfBall(radius: 0.3), asking: early)
    #expect(early.passes.backwards < 20)
    let attack = try #require(try AttackList.parse("trades-pgd", in: .linf).first)
    #expect(attack.settings["judged"] == "last")
    #expect(attack.settings["start"] == "uniform")
  }

  @Test(
    arguments: [LinfBall(radius: 0.2), L2Ball(radius: 0.3), L1Ball(radius: 0.4)]
      as [any PerturbationSet])
  func randomDisplacementsFillTheBall(set: any PerturbationSet) {
    var random = RandomStream(seed: 12)
    let lengths = (0..<300).map { _ in
      set.displacement(of: TinyNetwork.shape, using: &random).norm(set.norm) / Double(set.radius)
    }
    #expect(lengths.allSatisfy { $0 <= 1 + 1e-6 })
    // Of the largest of six uniform numbers the mean is 6/7; otherwise lengths are uniform.
    let mean = lengths.reduce(0, +) / 300
    #expect(abs(mean - (set.norm == .linf ? 6.0 / 7 : 0.5)) < 0.06)
  }

  @Test(arguments: PGD.Start.allCases) func everyStartEndsInTheSet(start: PGD.Start) async throws {
    let set = LinfBall(radius: 0.15)
    for judged in PGD.Judged.allCases {
      let found = try await found(
        "pgd(start=\(start.rawValue),judged=\(judged.rawValue))", within: set)
      #expect(set.contains(found.image, around: Self.example.image))
    }
  }

  @Test(arguments: [
    ("2/255", 0.0078431), ("0.5", 0.5), ("eps", 0.1), ("eps/4", 0.025), ("eps*3", 0.3),
  ])
  func stepSizesAreReadAsTheyAreWritten(text: String, length: Double) throws {
    let step = try #require(StepSize(text))
    #expect(abs(Double(step.length(forRadius: 0.1)) - length) < 1e-6)
    #expect(StepSize("\(step)") == step)
  }

  @Test(arguments: ["", "eps/0", "-1", "0", "1/0", "epsx", "eps*", "eps/-2", "nan", "inf", "1/2/3"])
  func otherTextsAreNoStepSizes(text: String) {
    #expect(StepSize(text) == nil)
  }
}
