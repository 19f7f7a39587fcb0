import Attacks
import Tensors
import TestSupport
import Testing

@Suite struct AttackTests {
  static let sets: [any PerturbationSet] = [
    LinfBall(radius: 0.15), LinfBall(radius: 0.05), L2Ball(radius: 0.25), L2Ball(radius: 0.05),
    L1Ball(radius: 0.5), L1Ball(radius: 0.1),
  ]

  /// Two correct examples and one with a wrong label.
  static let examples = [0, 1, 0].enumerated().map { index, which in
    Example(
      index: index, image: TinyNetwork.examples[which],
      label: index == 2 ? 0 : TinyNetwork.labels[which])
  }

  @Test(arguments: AttackList.knownNames, sets)
  func attacksKeepTheirPromises(name: String, set: any PerturbationSet) async throws {
    for attack in try AttackList.parse(name, in: set.norm) {
      let broken = try await checkAttack(
        attack, within: set, on: Self.examples, asking: TinyNetwork())
      #expect(broken.isEmpty)
    }
  }

  /// Every setting that changes where an attack begins, what it follows or where it ends.
  @Test(
    arguments: [
      "pgd(start=uniform)", "pgd(start=autoattack,loss=dlr)", "pgd(start=clean,judged=last)",
      "fgsm(loss=margin)", "apgd-dlr(widening=never,eot=2,restarts=2)",
      "apgd-t(targets=2,restarts=2)", "fab(restarts=2,steps=20)", "square(restarts=2,queries=80)",
      "bss(target=sampled,rate=1)", "svgd(sigma=median,loss=mse-softmax)", "svgd(loss=ce)",
    ],
    [LinfBall(radius: 0.02), L2Ball(radius: 0.15), L1Ball(radius: 1.2)]
      as [any PerturbationSet])
  func attacksKeepTheirPromisesOnAWiderNetwork(
    text: String, set: any PerturbationSet
  ) async throws {
    let examples = [(4, 8), (16, 7), (10, 2)].enumerated().map { index, example in
      Example(index: index, image: TinyNetwork.wideImage(example.0), label: example.1)
    }
    for attack in try AttackList.parse(text, in: set.norm) {
      let broken = try await checkAttack(
        attack, within: set, on: examples, asking: TinyNetwork.wide())
      #expect(broken.isEmpty)
    }
  }

  @Test(arguments: ["apgd-ce", "apgd-t", "pgd"])
  func aLargerRadiusFoolsNoFewer(name: String) async throws {
    let attack = try #require(try AttackList.parse(name, in: .linf).first)
    var before = 0
    for radius: Float in [0.001, 0.01, 0.05, 0.15, 0.3, 0.6] {
      var fooled = 0
      for example in Self.examples {
        let found = try await attack.attack(
          example, within: LinfBall(radius: radius), asking: TinyNetwork(),
          random: RandomStream(seed: 0).forked(example.index).forked(name))
        fooled += found.isAdversarial ? 1 : 0
      }
      #expect(fooled >= before)
      before = fooled
    }
    #expect(before == 3)
  }

  @Test func anAlreadyMisclassifiedImageCostsOneQuestion() async throws {
    for name in AttackList.knownNames {
      let attack = try #require(try AttackList.parse(name, in: .linf).first)
      let oracle = TinyNetwork()
      _ = try await attack.attack(
        Self.examples[2], within: LinfBall(radius: 0.1), asking: oracle,
        random: RandomStream(seed: 0))
      #expect(oracle.passes == (1, 0))
    }
  }

  @Test func differentStreamsStartDifferently() async throws {
    let attack = try #require(try AttackList.parse("apgd-ce(steps=1)", in: .linf).first)
    func image(_ stream: RandomStream) async throws -> Image {
      try await attack.attack(
        Self.examples[0], within: L2Ball(radius: 0.1), asking: TinyNetwork(), random: stream
      ).image
    }
    let first = try await image(RandomStream(seed: 0).forked(0))
    #expect(try await image(RandomStream(seed: 0).forked(1)) != first)
    #expect(try await image(RandomStream(seed: 1).forked(0)) != first)
  }

  @Test func aRestartBringsAnotherRun() async throws {
    let once = TinyNetwork()
    let thrice = TinyNetwork()
    let attack = UntargetedAttack(name: "short", method: AutoPGD(steps: 2), loss: .crossEntropy)
    let set = L2Ball(radius: 0.05)
    let one = try await attack.attack(
      Self.examples[0], within: set, asking: once, random: RandomStream(seed: 0))
    let three = try await attack.restarted(3).attack(
      Self.examples[0], within: set, asking: thrice, random: RandomStream(seed: 0))
    #expect(once.passes == (4, 2))
    #expect(thrice.passes == (10, 6))
    #expect(three.value > one.value)
  }
}
