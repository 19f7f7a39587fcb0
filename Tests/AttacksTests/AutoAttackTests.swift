import Attacks
import Execution
import Tensors
import TestSupport
import Testing

/// AutoAttack's versions on a network of 10 classes, held to runs of the published program
/// (commit a392200).
@Suite struct AutoAttackTests {
  private static let labels = [
    8, 8, 6, 8, 6, 1, 9, 1, 1, 9, 2, 8, 8, 8, 8, 8, 7, 7, 0, 0, 0, 0, 0, 0,
  ]

  /// The published program's costs are 102/101, 919/909, 1828/900 and 5003/0: it also asks for the
  /// gradient at every last step and for the prediction before and after every run.
  @Test(
    arguments: [
      ("apgd-ce", 1 + 100 + 1, 100), ("apgd-t", 1 + 9 * (100 + 1), 9 * 100),
      ("fab-t", 1 + 9 * (100 + 100), 9 * 100), ("square", 1 + 1 + 5000, 0),
    ], [Norm.linf, .l2])
  func anImageThatSurvivesCosts(
    attack: (name: String, forwards: Int, backwards: Int), norm: Norm
  ) async throws {
    let oracle = TinyNetwork.wide()
    let example = Example(index: 0, image: TinyNetwork.wideImage(0), label: 8)
    let attacks = try AttackList.parse("standard", in: norm)
    let found = try await #require(attacks.first { $0.name == attack.name }).attack(
      example, within: norm.ball(radius: norm == .linf ? 0.002 : 0.02), asking: oracle,
      random: RandomStream(seed: 0))
    #expect(!found.isAdversarial)
    #expect(oracle.passes == (attack.forwards, attack.backwards))
  }

  /// Untargeted FAB asks for all nine differences of logits at every step.
  @Test func untargetedFABCostsAGradientForEveryWrongClass() async throws {
    let oracle = TinyNetwork.wide()
    let example = Example(index: 0, image: TinyNetwork.wideImage(0), label: 8)
    let attack = try #require(try AttackList.parse("fab(steps=10,restarts=2)", in: .linf).first)
    let found = try await attack.attack(
      example, within: LinfBall(radius: 0.002), asking: oracle, random: RandomStream(seed: 0))
    #expect(!found.isAdversarial)
    #expect(oracle.passes == (1 + 2 * 10 * (9 + 1), 2 * 10 * 9))
  }

  struct Published: Sendable {
    var set: any PerturbationSet
    var robust: Set<Int>
  }

  /// The program draws other random numbers; which images survive does not depend on them here.
  @Test(arguments: [
    Published(
      set: LinfBall(radius: 0.002), robust: [0, 1, 2, 5, 6, 7, 8, 9, 11, 12, 13, 14, 20, 21, 22]),
    Published(set: LinfBall(radius: 0.004), robust: [0, 1, 2, 6, 7, 9, 12, 14]),
    Published(set: L2Ball(radius: 0.04), robust: [0, 1, 2, 6, 7, 9, 12, 14]),
    Published(set: L1Ball(radius: 0.3), robust: [0, 1, 2]),
  ]) func theStandardVersionLeavesThePublishedImages(published: Published) async throws {
    let attacks = try AttackList.parse("standard", in: published.set.norm)
    #expect(attacks.isExactAutoAttack)
    let network = TinyNetwork.wide()
    var robust: Set<Int> = []
    for (index, label) in Self.labels.enumerated() {
      let example = Example(index: index, image: TinyNetwork.wideImage(index), label: label)
      var survives = true
      for attack in attacks where survives {
        let found = try await attack.attack(
          example, within: published.set, asking: network,
          random: RandomStream(seed: 0).forked(index).forked(attack.name))
        survives = !found.isAdversarial
      }
      if survives { robust.insert(index) }
    }
    #expect(robust == published.robust)
  }

  /// Of the 24 labels two are wrong on purpose.
  @Test func theCleanAccuracyIsThePublishedOne() async throws {
    let network = TinyNetwork.wide()
    var wrong: [Int] = []
    for (index, label) in Self.labels.enumerated()
    where try await network.logits(at: TinyNetwork.wideImage(index)).argmax != label {
      wrong.append(index)
    }
    #expect(wrong == [3, 10])
  }

  /// Where the published program would stop with an error.
  @Test func withFewerClassesTargetsAreNotedAndFewer() async throws {
    let attacks = try AttackList.parse("standard", in: .linf)
    #expect(attacks.notes(forClasses: 10).isEmpty)
    #expect(attacks.notes(forClasses: 5).count == 2)
    let oracle = TinyNetwork()
    let fabT = try #require(attacks.first { $0.name == "fab-t" })
    let found = try await fabT.attack(
      Example(index: 0, image: TinyNetwork.examples[0], label: 4), within: LinfBall(radius: 0.01),
      asking: oracle, random: RandomStream(seed: 0))
    #expect(!found.isAdversarial)
    #expect(oracle.passes == (1 + 4 * 200, 4 * 100))
  }
}
