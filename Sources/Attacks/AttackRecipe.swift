import Tensors

/// How an attack is made from the settings of a list.
struct AttackRecipe: Sendable {
  let name: String
  /// The settings a list may give, with the published values.
  let defaults: [String: Setting]
  /// The published values that are others in L₁.
  var inL1: [String: Setting] = [:]
  private let make: @Sendable ([String: Setting]) -> any Attack

  /// A setting's value; a list must give one of the same kind.
  enum Setting: Hashable, Sendable {
    case count(Int)
    case number(Float?)
    case word(String, of: [String])
  }

  static let all: [AttackRecipe] = [apgdCE, apgdDLR, apgdT, fabT, fab, square, pgd]

  static let apgdCE = autoPGD("apgd-ce", .crossEntropy)
  static let apgdDLR = autoPGD("apgd-dlr", .differenceOfLogitsRatio)
  static let apgdT = AttackRecipe(
    name: "apgd-t",
    defaults: ["steps": .count(100), "targets": .count(9), "restarts": .count(1)],
    inL1: ["targets": .count(5)]
  ) { settings in
    TargetedAttack(
      name: "apgd-t", method: AutoPGD(steps: settings.count("steps")),
      targets: settings.count("targets"), restarts: settings.count("restarts"))
  }
  static let fabT = AttackRecipe(
    name: "fab-t", defaults: ["steps": .count(100), "targets": .count(9)]
  ) { settings in
    TargetedAttack(
      name: "fab-t", method: FastAdaptiveBoundary(steps: settings.count("steps")),
      loss: .margin, targets: settings.count("targets"))
  }
  static let fab = AttackRecipe(
    name: "fab", defaults: ["steps": .count(100), "restarts": .count(5)]
  ) { settings in
    UntargetedFastAdaptiveBoundary(
      method: FastAdaptiveBoundary(steps: settings.count("steps")),
      restarts: settings.count("restarts"))
  }
  static let square = AttackRecipe(
    name: "square", defaults: ["queries": .count(5000), "restarts": .count(1)]
  ) { settings in
    SquareAttack(queries: settings.count("queries"), restarts: settings.count("restarts"))
  }
  static let pgd = AttackRecipe(
    name: "pgd",
    defaults: [
      "steps": .count(20), "step": .number(nil), "restarts": .count(1),
      "start": .word("random", of: PGD.Start.allCases.map(\.rawValue)),
      "loss": .word("ce", of: Loss.allCases.map(\.rawValue)),
    ]
  ) { settings in
    UntargetedAttack(
      name: "pgd",
      method: PGD(
        steps: settings.count("steps"), stepSize: settings.number("step"),
        start: PGD.Start(rawValue: settings.word("start")) ?? .random),
      loss: Loss(rawValue: settings.word("loss")) ?? .crossEntropy,
      restarts: settings.count("restarts"))
  }

  private static func autoPGD(_ name: String, _ loss: Loss) -> AttackRecipe {
    AttackRecipe(
      name: name, defaults: ["steps": .count(100), "restarts": .count(1)],
      inL1: ["restarts": .count(5)]
    ) { settings in
      UntargetedAttack(
        name: name, method: AutoPGD(steps: settings.count("steps")), loss: loss,
        restarts: settings.count("restarts"))
    }
  }

  /// The attack with AutoAttack's settings, which take more runs and fewer targets in L₁.
  func standard(in norm: Norm) -> any Attack {
    switch norm {
    case .linf, .l2: make(defaults)
    case .l1: make(defaults.merging(inL1) { $1 })
    }
  }

  static func named(_ name: String) throws(AttackError) -> AttackRecipe {
    if let recipe = all.first(where: { $0.name == name }) { return recipe }
    let known = all.map(\.name) + AttackPreset.allCases.map(\.rawValue)
    throw AttackError(
      place: "attack \(name)",
      problem: "unknown; the known ones are \(known.joined(separator: ", "))")
  }

  func attack(_ settings: [String: String]) throws(AttackError) -> any Attack {
    var values = defaults
    for (key, text) in settings.sorted(by: { $0.key < $1.key }) {
      let place = "attack \(name), setting \(key)"
      guard let standard = defaults[key] else {
        throw AttackError(
          place: place,
          problem:
            "unknown; the known ones are \(defaults.keys.sorted().joined(separator: ", "))")
      }
      values[key] = try standard.replaced(by: text, at: place)
    }
    return make(values)
  }
}

extension AttackRecipe.Setting {
  fileprivate func replaced(
    by text: String, at place: String
  ) throws(AttackError) -> AttackRecipe.Setting {
    switch self {
    case .count:
      if let count = Int(text), count > 0 { return .count(count) }
      throw AttackError(place: place, problem: "expected a whole number from 1, got “\(text)”")
    case .number:
      if let number = Self.fraction(text), number > 0 { return .number(number) }
      throw AttackError(
        place: place, problem: "expected a positive number such as 2/255, got “\(text)”")
    case .word(_, let words):
      if words.contains(text) { return .word(text, of: words) }
      throw AttackError(
        place: place,
        problem: "expected one of \(words.joined(separator: ", ")), got “\(text)”")
    }
  }

  /// A decimal number or a fraction of two.
  private static func fraction(_ text: String) -> Float? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
    guard parts.count <= 2, let numerator = parts[0] else { return nil }
    guard parts.count == 2 else { return Float(numerator).finite }
    guard let denominator = parts[1] else { return nil }
    return Float(numerator / denominator).finite
  }
}

extension Float {
  fileprivate var finite: Float? { isFinite ? self : nil }
}

extension [String: AttackRecipe.Setting] {
  fileprivate func count(_ name: String) -> Int {
    guard case .count(let count) = self[name] else {
      preconditionFailure("the recipe has no count \(name)")
    }
    return count
  }

  fileprivate func number(_ name: String) -> Float? {
    guard case .number(let number) = self[name] else {
      preconditionFailure("the recipe has no number \(name)")
    }
    return number
  }

  fileprivate func word(_ name: String) -> String {
    guard case .word(let word, _) = self[name] else {
      preconditionFailure("the recipe has no word \(name)")
    }
    return word
  }
}
