public import Tensors

/// Attacks in the order in which they are run, from text such as `apgd-ce,apgd-t(targets=3)`.
public enum AttackList {
  /// The names that texts may use.
  public static let knownNames = AttackRecipe.all.map(\.name)

  /// Reads a list.
  ///
  /// - Parameters:
  ///   - text: names separated by commas, each with optional settings in parentheses; a preset's
  ///     name stands for its attacks.
  ///   - norm: of the perturbations; presets depend on it.
  /// - Returns: the attacks in order.
  /// - Throws: ``AttackError`` when a name or setting is unknown, a value does not fit, or an
  ///   attack is listed twice.
  public static func parse(_ text: String, in norm: Norm) throws(AttackError) -> [any Attack] {
    var attacks: [any Attack] = []
    for item in try items(of: text) {
      let listed =
        if let preset = AttackPreset(rawValue: item.name), item.settings.isEmpty {
          preset.attacks(in: norm)
        } else {
          [try AttackRecipe.named(item.name).attack(item.settings)]
        }
      for attack in listed {
        if attacks.contains(where: { $0.name == attack.name }) {
          throw AttackError(place: "attack \(attack.name)", problem: "listed twice")
        }
        attacks.append(attack)
      }
    }
    return attacks
  }

  /// Cuts at the commas outside parentheses.
  private static func items(
    of text: String
  ) throws(AttackError) -> [(name: String, settings: [String: String])] {
    var items: [(name: String, settings: [String: String])] = []
    var rest = Substring(text)
    repeat {
      let name = rest.prefix { $0 != "," && $0 != "(" }
      rest = rest.dropFirst(name.count)
      var settings: [String: String] = [:]
      if rest.first == "(" {
        let inside = rest.dropFirst().prefix { $0 != ")" }
        rest = rest.dropFirst(inside.count + 1)
        guard rest.popFirst() == ")", rest.isEmpty || rest.first == "," else {
          throw AttackError(
            place: "attacks “\(text)”", problem: "a parenthesis is not closed before the comma")
        }
        settings = try Self.settings(in: inside)
      }
      items.append((name.trimmed.replacing("_", with: "-"), settings))
    } while rest.popFirst() == ","
    return items
  }

  private static func settings(
    in text: Substring
  ) throws(AttackError) -> [String: String] {
    var settings: [String: String] = [:]
    for pair in text.split(separator: ",") {
      let parts = pair.split(separator: "=", omittingEmptySubsequences: false)
      guard parts.count == 2, settings[parts[0].trimmed] == nil else {
        throw AttackError(
          place: "setting “\(pair.trimmed)”", problem: "expected name=value, each name once")
      }
      settings[parts[0].trimmed] = parts[1].trimmed
    }
    return settings
  }
}

/// Lists of attacks that have a name.
public enum AttackPreset: String, Hashable, Sendable, CaseIterable {
  /// `apgd-ce` and `apgd-t`: nearly the figure of AutoAttack for a fraction of its cost.
  case screen
  /// AutoAttack's standard version: `apgd-ce`, `apgd-t`, `fab-t` and `square`.
  case standard

  /// The attacks in order.
  ///
  /// - Parameter norm: of the perturbations.
  /// - Returns: the attacks, with the settings published for the norm.
  public func attacks(in norm: Norm) -> [any Attack] {
    switch self {
    case .screen: [AttackRecipe.apgdCE, .apgdT].map { $0.standard(in: norm) }
    case .standard:
      [AttackRecipe.apgdCE, .apgdT, .fabT, .square].map { $0.standard(in: norm) }
    }
  }
}

extension Substring {
  var trimmed: String {
    var rest = self
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
