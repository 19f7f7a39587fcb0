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
