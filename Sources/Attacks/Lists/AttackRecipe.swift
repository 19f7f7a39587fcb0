/// How an attack is made from the settings of a list.
struct AttackRecipe: Sendable {
  let name: String
  /// The settings a list may give, with the published values.
  let defaults: [String: AttackSetting]
  let make: @Sendable ([String: AttackSetting]) -> any Attack

  static func named(_ name: String) throws(AttackError) -> AttackRecipe {
    if let recipe = all.first(where: { $0.name == name }) { return recipe }
    let known = all.map(\.name) + AttackPreset.allCases.map(\.rawValue)
    throw AttackError(
      place: "attack \(name)",
      problem: "unknown; the known ones are \(known.joined(separator: ", "))")
  }

  func listed(with settings: [String: String]) throws(AttackError) -> ListedAttack {
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
    return ListedAttack(recipe: self, settings: values)
  }
}

extension AttackRecipe {
  /// The attack whose settings for the report are given.
  ///
  /// Some of those have other names or forms than in a list, or are left out at their usual value;
  /// so the values that may be meant are tried.
  func listed(asRecorded settings: [String: String]) throws(AttackError) -> ListedAttack {
    var candidates = [defaults]
    for (key, standard) in defaults.sorted(by: { $0.key < $1.key }) {
      let values: [AttackSetting]
      switch (settings[key], standard) {
      case (let text?, _):
        values = [try standard.replaced(by: text, at: "attack \(name), setting \(key)")]
      case (nil, .word(_, let words)): values = words.map { .word($0, of: words) }
      case (nil, .numberOr(let word, _)):
        let number = settings.values.lazy.compactMap(Self.fixedNumber).first
        values = [.numberOr(word: word, number), .numberOr(word: word, nil)]
      case (nil, _): values = [standard]
      }
      candidates = candidates.flatMap { candidate in
        values.map { value in candidate.merging([key: value]) { $1 } }
      }
    }
    let found = candidates.first { make($0).settings == settings }
    guard let found else {
      let text = settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      throw AttackError(
        place: "attack \(name)",
        problem: "no list gives it the settings \(text.joined(separator: ", "))")
    }
    return ListedAttack(recipe: self, settings: found)
  }

  /// The number in `fixed(0.001)`, as settings say that one was not left to the data.
  private static func fixedNumber(_ text: String) -> Float? {
    guard text.hasPrefix("fixed("), text.hasSuffix(")") else { return nil }
    return Float(text.dropFirst(6).dropLast())
  }
}

/// An attack of a list, with all its settings.
struct ListedAttack: Sendable {
  let recipe: AttackRecipe
  let settings: [String: AttackSetting]

  var attack: any Attack { recipe.make(settings) }

  /// The name, and in alphabetical order the settings that are not the published ones.
  var text: String {
    let changed = settings.filter { recipe.defaults[$0.key] != $0.value }
    if changed.isEmpty { return recipe.name }
    let pairs = changed.map { "\($0.key)=\($0.value.text)" }.sorted()
    return "\(recipe.name)(\(pairs.joined(separator: ",")))"
  }
}
