import Files
import Graphs
import Tensors

extension WeightFile {
  /// Keeps the set of weights that is meant, where names say that there are several.
  ///
  /// - Parameters:
  ///   - selection: what was asked for; afterwards also what was taken.
  ///   - path: the file.
  /// - Throws: ``FileError`` when several sets differ and none was chosen, or there is no such set.
  mutating func choose(_ selection: inout WeightSelection, path: String) throws(FileError) {
    let sets = alternatives()
    if sets.count > 1 {
      if selection.wanted != nil || !areEqual(sets) {
        let names = sets.map { $0.isEmpty ? WeightSelection.top : $0 }
        keep(sets[try selection.pick(among: names, path: path)], of: sets)
      } else {
        keep(sets[0], of: sets)
      }
    }
    if let wanted = selection.wanted,
      tensors.contains(where: { $0.name.hasPrefix(wanted + ".") })
    {
      let parts = topNames
      let isPart = tensors.contains { !$0.name.hasPrefix(wanted + ".") }
      keep(wanted, of: [])
      selection.take(wanted, of: isPart ? parts : [])
    }
    try selection.finish(path)
  }

  /// Leaves out parameters that are not the network's, as of a second head.
  ///
  /// - Parameters:
  ///   - prefixes: the beginnings of their names, whole words.
  ///   - path: the file.
  /// - Returns: what was left out, in words for the reader.
  /// - Throws: ``FileError`` when nothing begins so.
  mutating func leaveOut(_ prefixes: [String], path: String) throws(FileError) -> [String] {
    var notes: [String] = []
    for prefix in prefixes {
      let count = tensors.count
      tensors.removeAll { $0.name == prefix || $0.name.hasPrefix(prefix + ".") }
      guard tensors.count < count else {
        throw FileError(
          path, "parameters",
          problem: "none is called \(prefix) or \(prefix).…; the first words of their names are "
            + "\(topNames.prefix(8).joined(separator: ", "))")
      }
      notes.append("left out \(counted(count - tensors.count, "parameter")) of \(prefix), as asked")
    }
    return notes
  }

  /// The first words of all names, in the file's order.
  private var topNames: [String] {
    var seen: Set<Substring> = []
    return tensors.compactMap { $0.name.split(separator: ".").first }
      .filter { seen.insert($0).inserted }.map(String.init)
  }

  /// Keeps the tensors below a prefix, without it; an empty prefix keeps what is below no other.
  private mutating func keep(_ prefix: String, of sets: [String]) {
    if prefix.isEmpty {
      let others = sets.filter { !$0.isEmpty }.map { $0 + "." }
      tensors.removeAll { tensor in others.contains { tensor.name.hasPrefix($0) } }
    } else {
      tensors = tensors.filter { $0.name.hasPrefix(prefix + ".") }
        .map { (String($0.name.dropFirst(prefix.count + 1)), $0.tensor) }
    }
  }

  /// Whether sets hold the same numbers, as where a wrapper saves its network twice.
  private func areEqual(_ sets: [String]) -> Bool {
    let values = Dictionary(
      tensors.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    var first = self
    first.keep(sets[0], of: sets)
    return first.tensors.allSatisfy { name, tensor in
      sets.dropFirst().allSatisfy { set in
        values[set.isEmpty ? name : set + "." + name] == tensor
      }
    }
  }

  /// The prefixes under which the same names and shapes stand, if everything stands under them.
  ///
  /// Blocks of one network look alike too, but its first and last layer are then in neither.
  private func alternatives() -> [String] {
    let names = tensors.filter { !ParameterNames.isCounter($0.name) }
    guard names.contains(where: { $0.tensor.shape.count > 1 }) else { return [] }
    var counts: [Substring: Int] = [:]
    for name in names.map(\.name) {
      for prefix in Self.prefixes(of: name) { counts[prefix, default: 0] += 1 }
    }
    let total = names.count
    let candidates = Set(
      counts.filter { $0.value <= total / 2 && total % $0.value == 0 }.keys)
    var contents: [Substring: [String]] = [:]
    for (name, tensor) in names {
      for prefix in Self.prefixes(of: name) where candidates.contains(prefix) {
        contents[prefix, default: []].append(
          name.dropFirst(prefix.count + 1) + " " + tensor.shape.crossed)
      }
    }
    let groups = Dictionary(grouping: contents.keys) { contents[$0]?.sorted() ?? [] }
    for (content, prefixes) in groups.sorted(by: { $0.key.count > $1.key.count }) {
      if prefixes.count > 1, prefixes.count * content.count == total {
        return names.compactMap { name in prefixes.first { name.name.hasPrefix($0 + ".") } }
          .reduce(into: [String]()) { if !$0.contains(String($1)) { $0.append(String($1)) } }
      }
      // One set without a prefix beside one that has it.
      if prefixes.count == 1, content.count * 2 == total {
        let rest = names.filter { !$0.name.hasPrefix(prefixes[0] + ".") }
        if rest.map({ $0.name + " " + $0.tensor.shape.crossed }).sorted() == content {
          return ["", String(prefixes[0])]
        }
      }
    }
    return []
  }

  /// The leading words of a name, up to six of them.
  private static func prefixes(of name: String) -> [Substring] {
    name.indices.filter { name[$0] == "." }.prefix(6).map { name[..<$0] }
  }
}
