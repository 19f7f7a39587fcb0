extension Architecture {
  /// The networks whose parameters have exactly these names and shapes.
  ///
  /// Networks that differ by name only are given once. The number of classes is taken from the last
  /// layer; networks that usually have as many, for instance those made for one data set, win.
  ///
  /// - Parameter shapes: the shapes of all parameters, by name without any wrapper's prefix.
  /// - Returns: networks of different function, in the registry's order.
  public static func matching(_ shapes: [String: [Int]]) -> [Architecture] {
    var found: [(architecture: Architecture, isUsual: Bool)] = []
    for family in ArchitectureFamily.all {
      guard let match = family.matching(shapes) else { continue }
      if found.contains(where: { $0.architecture.graph == match.architecture.graph }) { continue }
      found.append(match)
    }
    let usual = found.filter(\.isUsual)
    return (usual.isEmpty ? found : usual).map(\.architecture)
  }
}

extension ArchitectureFamily {
  /// The member of the family with exactly these parameters, and whether it has as many classes as
  /// the family usually does.
  fileprivate func matching(
    _ shapes: [String: [Int]]
  ) -> (architecture: Architecture, isUsual: Bool)? {
    let names = Set(shapes.keys)
    for numbers in members(near: shapes) {
      guard let draft = member(numbers, classes: classes), names == Set(draft.parameterOrder),
        let last = draft.classifierParameter, let count = shapes[last]?.first, count > 0,
        let match = member(numbers, classes: count), match.parameterShapes == shapes
      else { continue }
      return (match, count == classes)
    }
    return nil
  }

  /// The numbers of members with about as many parameters as there are shapes.
  private func members(near shapes: [String: [Int]]) -> [[Int]] {
    let names = Self.pieces(of: patterns[0]).compactMap { piece in
      if case .number(let name) = piece { name } else { nil }
    }
    guard let first = names.first else { return [[]] }
    precondition(
      first == "depth" && names.dropFirst().allSatisfy { $0 == "width" },
      "a family's numbers are a depth and perhaps a width")
    let widths = names.count == 1 ? [] : Self.widths(in: shapes)
    guard names.count == 1 || !widths.isEmpty else { return [] }
    var members: [[Int]] = []
    for depth in fewestLayers(for: shapes.count - 2, widths)...Self.largestNumber {
      let sample = [depth] + widths.prefix(1)
      guard let draft = member(sample, classes: classes) else { continue }
      // A wider member may have one shortcut more.
      if draft.parameterOrder.count > shapes.count + 2 { break }
      members += names.count == 1 ? [sample] : widths.map { [depth, $0] }
    }
    return members
  }

  /// A depth below which no member has as many parameters: a deeper member has more.
  ///
  /// It is sought by doubling, then by halving, because networks of hundreds of layers take their time.
  private func fewestLayers(for parameters: Int, _ widths: [Int]) -> Int {
    func isDeepEnough(_ depth: Int) -> (Bool, next: Int) {
      for depth in depth...Self.largestNumber {
        guard let draft = member([depth] + widths.prefix(1), classes: classes) else { continue }
        return (draft.parameterOrder.count >= parameters, depth + 1)
      }
      return (true, Self.largestNumber)
    }
    var low = 1
    var high = 16
    while high < Self.largestNumber {
      let (isEnough, next) = isDeepEnough(high)
      if isEnough { break }
      (low, high) = (next, 2 * high)
    }
    high = min(high, Self.largestNumber)
    while low < high {
      let middle = (low + high) / 2
      let (isEnough, next) = isDeepEnough(middle)
      if isEnough { high = middle } else { low = min(next, high) }
    }
    return min(low, Self.largestNumber)
  }

  /// The factors by which kernels are wider than the 16 channels of the narrowest network.
  private static func widths(in shapes: [String: [Int]]) -> [Int] {
    let factors = shapes.values.compactMap { shape in
      shape.count == 4 && shape[0] % 16 == 0 ? shape[0] / 16 : nil
    }
    return Set(factors).filter { (1...largestNumber).contains($0) }.sorted().prefix(64).map { $0 }
  }
}
