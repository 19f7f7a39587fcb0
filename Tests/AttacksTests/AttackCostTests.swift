import Attacks
import Tensors
import Testing

@Suite struct AttackCostTests {
  private static func cost(
    _ text: String, in norm: Norm = .linf, classes: Int = 10
  ) throws -> AttackCost {
    try #require(try AttackList.parse(text, in: norm).first).cost(in: norm, classes: classes)
  }

  /// Counted by hand from the published algorithms: the clean image, then each run's questions.
  @Test(arguments: [
    ("apgd-ce", 10, 102, 100), ("apgd-ce(steps=10,restarts=3)", 10, 34, 30),
    ("apgd-ce(eot=20)", 10, 2002, 2000), ("apgd-t", 10, 910, 900), ("apgd-t", 4, 304, 300),
    ("apgd-t(steps=5,targets=2)", 10, 13, 10),
    ("fab-t", 10, 1801, 900), ("fab-t", 2, 201, 100), ("fab", 10, 5001, 4500),
    ("square", 10, 5002, 0), ("square(queries=10,restarts=2)", 10, 23, 0),
    ("fgsm", 10, 3, 1), ("pgd", 10, 22, 20), ("trades-pgd(restarts=2)", 10, 43, 40),
    ("svgd", 10, 25, 20), ("svgd-author-code", 10, 9, 4), ("ddn", 10, 101, 100),
  ])
  func aSurvivorCostsWhatItsSettingsSay(
    text: String, classes: Int, forwards: Int, backwards: Int
  ) throws {
    let cost = try Self.cost(text, classes: classes)
    #expect(cost.ofSurvivor.contains(forwards: forwards, backwards: backwards), "\(cost)")
    #expect(!cost.ofSurvivor.contains(forwards: forwards - 1, backwards: backwards))
    #expect(!cost.ofSurvivor.contains(forwards: forwards + 1, backwards: backwards))
    #expect(!cost.ofSurvivor.contains(forwards: forwards, backwards: backwards + 1))
    // A success ends an attack no later than its failure.
    #expect(cost.ofFooled.contains(forwards: forwards, backwards: backwards))
    #expect(!cost.ofFooled.contains(forwards: 1, backwards: 0))
    #expect(!cost.ofFooled.contains(forwards: forwards + 1, backwards: backwards))
  }

  @Test func widerBallsOfL1CostALastLookEach() throws {
    // 30, 30 and 40 steps, each leg with logits at its end.
    let cost = try Self.cost("apgd-ce", in: .l1)
    #expect(cost.ofSurvivor.contains(forwards: 104, backwards: 100))
    // Only the last leg can end early.
    #expect(cost.ofFooled.contains(forwards: 64, backwards: 61))
    #expect(!cost.ofFooled.contains(forwards: 63, backwards: 61))
    // Of one step two legs have none, and ask about their start only.
    let short = try Self.cost("apgd-ce(steps=1)", in: .l1)
    #expect(short.ofSurvivor.contains(forwards: 5, backwards: 3))
  }

  @Test func aBoundarySupportingSampleMayEndEarly() throws {
    let cost = try Self.cost("bss")
    #expect(cost.ofSurvivor.contains(forwards: 3, backwards: 1))
    #expect(cost.ofSurvivor.contains(forwards: 13, backwards: 10))
    #expect(!cost.ofSurvivor.contains(forwards: 14, backwards: 10))
  }

  @Test func enormousSettingsDoNotOverflow() throws {
    let most = 1_000_000_000
    let cost = try Self.cost("apgd-t(steps=\(most),restarts=\(most),eot=\(most))")
    #expect(cost.ofSurvivor.backwards.lowerBound > 8e27)
    #expect(throws: AttackError.self) { try AttackList.parse("pgd(steps=\(Int.max))", in: .linf) }
  }

  @Test(
    arguments: [
      "standard", "plus", "rand", "screen", "fgsm(loss=dlr)", "pgd(step=2/255,judged=last)",
      "trades-pgd", "bss(space=cifar10,target=sampled)", "svgd",
      "svgd(sigma=median,space=imagenet)",
      "svgd(sigma=0.5)", "svgd-author-code(space=bss,particles=2)", "apgd-ce(widening=never,eot=3)",
    ], Norm.allCases)
  func whatARunRecordsIsReadAsTheSameAttacks(text: String, norm: Norm) throws {
    let list = try AttackList.parse(text, in: norm)
    let read = try AttackList(recorded: list.map { ($0.name, $0.settings) }, in: norm)
    #expect(read.description == list.description)
    #expect(read.autoAttackVersion == list.autoAttackVersion)
  }

  @Test(arguments: [
    ("apgd-zz", ["steps": "100"], "unknown"),
    ("apgd-ce", ["steps": "100", "loss": "dlr", "restarts": "1"], "no list gives it"),
    ("apgd-ce", ["steps": "100", "loss": "ce"], "no list gives it"),
    ("apgd-ce", ["steps": "0", "loss": "ce", "restarts": "1"], "a whole number from 1"),
    ("apgd-ce", ["steps": "010", "loss": "ce", "restarts": "1"], "no list gives it"),
    ("square", ["queries": "5000", "share": "0.3", "restarts": "1", "loss": "margin"], "no list"),
  ])
  func whatNoRunRecordsIsRefused(
    name: String, settings: [String: String], words: String
  ) throws {
    let error = try #require(throws: AttackError.self) {
      try AttackList(recorded: [(name, settings)], in: .linf)
    }
    #expect(error.description.contains(words), "\(error)")
  }
}
