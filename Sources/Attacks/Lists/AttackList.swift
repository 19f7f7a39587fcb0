public import Tensors

/// Attacks in the order in which they are run, from text such as `apgd-ce,apgd-t(targets=3)`.
///
/// Its ``description`` is read as the same list again and so identifies it in files.
public struct AttackList: Sendable {
  /// The names that texts may use.
  public static let knownNames = AttackRecipe.all.map(\.name)

  /// The norm whose published settings the presets took.
  public let norm: Norm
  private var listed: [ListedAttack] = []

  private init(in norm: Norm) { self.norm = norm }

  /// Reads a list.
  ///
  /// - Parameters:
  ///   - text: names separated by commas, in upper or lower case, each with optional settings in
  ///     parentheses; a preset's name stands for its attacks.
  ///   - norm: of the perturbations; presets depend on it.
  /// - Returns: the attacks in order.
  /// - Throws: ``AttackError`` when a name or setting is unknown, a value does not fit, or an
  ///   attack is listed twice.
  public static func parse(_ text: String, in norm: Norm) throws(AttackError) -> AttackList {
    var list = AttackList(in: norm)
    for item in try items(of: text) {
      if let preset = AttackPreset(rawValue: item.name) {
        guard item.settings.isEmpty else {
          throw AttackError(
            place: "attack \(item.name)",
            problem: "is a preset and takes no settings; give its attacks with theirs: "
              + preset.text(in: norm))
        }
        for attack in try parse(preset.text(in: norm), in: norm).listed { try list.add(attack) }
      } else {
        try list.add(AttackRecipe.named(item.name).listed(with: item.settings))
      }
    }
    return list
  }

  /// Reads what a run recorded of its attacks.
  ///
  /// - Parameters:
  ///   - recorded: the attacks in order, with the settings that they gave for the report.
  ///   - norm: of the perturbations.
  /// - Throws: ``AttackError`` when there is no attack with such a name and such settings, or one is
  ///   there twice.
  public init(
    recorded: [(name: String, settings: [String: String])], in norm: Norm
  ) throws(AttackError) {
    self.init(in: norm)
    for (name, settings) in recorded {
      try add(AttackRecipe.named(name).listed(asRecorded: settings))
    }
  }

  private mutating func add(_ attack: ListedAttack) throws(AttackError) {
    if listed.contains(where: { $0.recipe.name == attack.recipe.name }) {
      throw AttackError(
        place: "attack \(attack.recipe.name)", problem: "is listed twice; leave one out")
    }
    listed.append(attack)
  }

  /// What the attacks do otherwise than asked because of the number of classes.
  ///
  /// - Parameter classes: the length of a logit vector.
  /// - Returns: sentences for the report.
  public func notes(forClasses classes: Int) -> [String] {
    flatMap { $0.notes(forClasses: classes) }
  }

  /// The published version of AutoAttack that this list is, setting by setting.
  ///
  /// Only a list that has one may report its figures as AutoAttack's; with fewer classes than
  /// targets, see ``notes(forClasses:)``, the published program does not run at all.
  public var autoAttackVersion: AttackPreset? {
    AttackPreset.allCases.first { preset in
      guard preset.isAutoAttack else { return false }
      let published = try? Self.parse(preset.rawValue, in: norm)
      return published?.description == description
    }
  }

  /// Whether the list is a published version of AutoAttack, setting by setting.
  public var isExactAutoAttack: Bool { autoAttackVersion != nil }
}

extension AttackList: RandomAccessCollection {
  /// The first attack's position.
  public var startIndex: Int { 0 }
  /// The position after the last attack's.
  public var endIndex: Int { listed.count }
  /// The attack at a position.
  public subscript(position: Int) -> any Attack { listed[position].attack }
}

extension AttackList: CustomStringConvertible {
  /// The names with the settings that are not the published ones: text that is read as this list.
  public var description: String { listed.map(\.text).joined(separator: ",") }
}

extension AttackList {
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
      items.append((name.trimmed.lowercased().replacing("_", with: "-"), settings))
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

extension Substring {
  var trimmed: String {
    var rest = self
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
