internal import Tensors

/// An attack as somebody wants to know it who writes a list.
public struct AttackDescription: Hashable, Sendable {
  /// A setting that a list may give.
  public struct Setting: Hashable, Sendable {
    /// For example `steps`.
    public let name: String
    /// What it decides.
    public let meaning: String
    /// What a list may give, in words.
    public let allowed: String
    /// The published value, as a list would give it.
    public let standard: String
  }

  /// For example `apgd-ce`.
  public let name: String
  /// What it does, in one sentence.
  public let summary: String
  /// The paper.
  public let source: String
  /// What it is called in `torchattacks`, `auto-attack` and `foolbox`; absent where it is not there.
  public let namesElsewhere: [String: String]
  /// In alphabetical order.
  public let settings: [Setting]
  /// Whether it looks at gradients; otherwise it knows a network by its logits alone.
  public let seesGradients: Bool

  /// Every attack that a list can name, in the order in which lists mention them.
  public static let all: [AttackDescription] = AttackRecipe.all.map { AttackDescription($0) }

  /// The description of one attack.
  ///
  /// - Parameter name: as a list gives it; `_` counts as `-`.
  /// - Returns: what is known of it.
  /// - Throws: ``AttackError`` when there is no such attack.
  public static func named(_ name: String) throws(AttackError) -> AttackDescription {
    AttackDescription(try AttackRecipe.named(name.lowercased().replacing("_", with: "-")))
  }

  private init(_ recipe: AttackRecipe) {
    let words = AttackWords.of(recipe.name)
    let cost = recipe.make(recipe.defaults).cost(in: .linf, classes: 10)
    seesGradients = cost.ofSurvivor.backwards.upperBound > 0
    name = recipe.name
    summary = words.summary
    source = words.source
    namesElsewhere = words.elsewhere
    settings = recipe.defaults.sorted { $0.key < $1.key }.map { key, standard in
      Setting(
        name: key, meaning: AttackWords.meaning(of: key, in: recipe.name),
        allowed: standard.allowed, standard: standard.text)
    }
  }
}

extension AttackSetting {
  /// What a list may give in place of this value, in words.
  fileprivate var allowed: String {
    switch self {
    case .count: "a whole number from 1"
    case .number: "a positive number or fraction"
    case .numberOr(let word, _): "a positive number or fraction, or \(word)"
    case .step: "a positive number or fraction in pixels, or eps, eps/4, eps*0.1"
    case .word(_, let words): words.joined(separator: ", ")
    }
  }
}
