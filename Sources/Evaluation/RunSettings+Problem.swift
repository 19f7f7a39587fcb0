extension RunSettings {
  /// What the settings of no run say, in words; nil where there is nothing of the kind.
  ///
  /// Settings are read from files, and what is computed of them relies on this.
  var problem: String? {
    if indices.isEmpty || !Self.ascend(indices) || !Self.ascend(allIndices ?? []) {
      return "indices are none, or do not ascend"
    }
    guard radii.allSatisfy({ $0.value.isFinite && $0.value >= 0 }),
      Self.ascend(radii.map(\.value)), Set(radii.map(\.text)).count == radii.count
    else { return "radii do not ascend" }
    let names = attacks.map(\.name)
    for (place, name) in names.enumerated() where names[..<place].contains(name) {
      return "attack \(name) is listed twice"
    }
    return nil
  }

  private static func ascend<Element: Comparable>(_ elements: [Element]) -> Bool {
    zip(elements, elements.dropFirst()).allSatisfy { $0 < $1 }
  }
}
