extension AttackRecipe {
  static let all: [AttackRecipe] = [
    apgdCE, apgdDLR, apgdT, fabT, fab, square, fgsm, pgd, tradesPGD, bss, svgd,
    svgdAuthorCode, ddn,
  ]

  private static let apgdCE = autoPGD("apgd-ce", .crossEntropy)
  private static let apgdDLR = autoPGD("apgd-dlr", .differenceOfLogitsRatio)
  private static let apgdT = AttackRecipe(
    name: "apgd-t",
    defaults: autoPGDSettings.merging(["targets": .count(9), "restarts": .count(1)]) { $1 }
  ) { settings in
    TargetedAttack(
      name: "apgd-t", method: AutoPGD(settings), targets: settings.count("targets"),
      restarts: settings.count("restarts"))
  }
  private static let fabT = AttackRecipe(
    name: "fab-t", defaults: ["steps": .count(100), "targets": .count(9)]
  ) { settings in
    TargetedFastAdaptiveBoundary(
      method: FastAdaptiveBoundary(steps: settings.count("steps")),
      targets: settings.count("targets"))
  }
  private static let fab = AttackRecipe(
    name: "fab", defaults: ["steps": .count(100), "restarts": .count(5)]
  ) { settings in
    let once = UntargetedFastAdaptiveBoundary(
      method: FastAdaptiveBoundary(steps: settings.count("steps")))
    let restarts = settings.count("restarts")
    return restarts == 1 ? once : once.restarted(restarts)
  }
  private static let square = AttackRecipe(
    name: "square", defaults: ["queries": .count(5000), "restarts": .count(1)]
  ) { settings in
    SquareAttack(queries: settings.count("queries"), restarts: settings.count("restarts"))
  }
  private static let fgsm = AttackRecipe(
    name: "fgsm", defaults: ["loss": .choice(Loss.crossEntropy)]
  ) { settings in
    UntargetedAttack(name: "fgsm", method: PGD.fastGradient, loss: settings.choice("loss"))
  }
  private static let pgd = pgd("pgd", PGD())
  /// Zhang et al., *Theoretically principled trade-off between robustness and accuracy*, ICML 2019,
  /// §5.3.1: ε = 0.031 with 20 steps of 0.003, judged at the end.
  private static let tradesPGD = pgd(
    "trades-pgd",
    PGD(steps: 20, stepSize: .relative(0.003 / 0.031), start: .uniform, judged: .last))

  private static let bss = AttackRecipe(
    name: "bss",
    defaults: [
      "steps": .count(10), "rate": .number(0.3),
      "target": .choice(BoundarySupportingSample.TargetChoice.second),
      "space": .choice(InputSpace.Name.pixel),
    ]
  ) { settings in
    BoundarySupportingSample(
      steps: settings.count("steps"), rate: settings.number("rate"),
      target: settings.choice("target"), space: settings.space)
  }
  private static let svgd = AttackRecipe(
    name: "svgd",
    defaults: [
      "particles": .count(4), "steps": .count(5), "step": .step(.relative(1.0 / 3)),
      "spread": .number(1), "sigma": .numberOr(word: "median", 1e-3),
      "loss": .choice(SteinParticles.Ascended.divergence),
      "space": .choice(InputSpace.Name.pixel),
    ]
  ) { settings in
    SteinParticles(
      particles: settings.count("particles"), steps: settings.count("steps"),
      stepSize: settings.step("step"), spread: settings.number("spread"),
      bandwidth: settings.optionalNumber("sigma").map { .fixed($0) } ?? .median,
      loss: settings.choice("loss"), space: settings.space)
  }

  private static let svgdAuthorCode = AttackRecipe(
    name: "svgd-author-code",
    defaults: ["particles": .count(4), "space": .choice(InputSpace.Name.pixel)]
  ) { settings in
    AuthorCodeParticles(particles: settings.count("particles"), space: settings.space)
  }

  private static let ddn = AttackRecipe(
    name: "ddn", defaults: ["steps": .count(100), "start": .number(1), "factor": .number(0.05)]
  ) { settings in
    DecoupledDirectionAndNorm(
      steps: settings.count("steps"), start: settings.number("start"),
      factor: settings.number("factor"))
  }

  private static func autoPGD(_ name: String, _ loss: Loss) -> AttackRecipe {
    AttackRecipe(
      name: name, defaults: autoPGDSettings.merging(["restarts": .count(1)]) { $1 }
    ) { settings in
      UntargetedAttack(
        name: name, method: AutoPGD(settings), loss: loss,
        restarts: settings.count("restarts"))
    }
  }

  private static let autoPGDSettings: [String: AttackSetting] = [
    "steps": .count(100), "eot": .count(1), "widening": .choice(AutoPGD.Widening.inL1),
  ]

  private static func pgd(_ name: String, _ published: PGD) -> AttackRecipe {
    AttackRecipe(
      name: name,
      defaults: [
        "steps": .count(published.steps), "step": .step(published.stepSize),
        "start": .choice(published.start), "judged": .choice(published.judged),
        "loss": .choice(Loss.crossEntropy), "restarts": .count(1),
      ]
    ) { settings in
      UntargetedAttack(
        name: name,
        method: PGD(
          steps: settings.count("steps"), stepSize: settings.step("step"),
          start: settings.choice("start"), judged: settings.choice("judged")),
        loss: settings.choice("loss"), restarts: settings.count("restarts"))
    }
  }
}

extension AutoPGD {
  fileprivate init(_ settings: [String: AttackSetting]) {
    self.init(
      steps: settings.count("steps"), widening: settings.choice("widening"),
      passes: settings.count("eot"))
  }
}

extension [String: AttackSetting] {
  fileprivate var space: InputSpace {
    let name: InputSpace.Name = choice("space")
    return name.space
  }
}
