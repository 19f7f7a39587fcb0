extension RunSettings {
  /// What the settings of no run say, in words; nil where there is nothing of the kind.
  ///
  /// Settings are read from files, and what is computed of them relies on this.
  var problem: String? {
    if indices.isEmpty || !Self.ascend(indices) || !Self.ascend(allIndices ?? []) {
      return "indices are none, or do not ascend"
    }
    let all = allRadii
    let areInOrder =
      all.allSatisfy { $0.epsValue.isFinite && $0.epsValue >= 0 }
      && Self.ascend(all.map(\.epsValue)) && Set(all.map(\.eps)).count == all.count
    guard areInOrder, radii.map({ $0.count > 1 }) ?? true, let last = all.last, last.eps == eps,
      last.epsValue == epsValue
    else { return "radii are not at least two that ascend to eps, \(eps)" }
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
