/// What somebody may have meant who wrote a name that is not known.
public struct NearestNames: Sendable {
  private let known: [String]
  private let meanings: [String: String]

  /// Creates a dictionary of names.
  ///
  /// - Parameters:
  ///   - known: the names there are.
  ///   - meanings: what other programs' names are called here; used where that is known.
  public init(_ known: [String], meanings: [String: String] = [:]) {
    self.known = known
    self.meanings = meanings
  }

  /// The sentence's end: what is near, or nothing.
  ///
  /// - Parameter name: that is not known.
  /// - Returns: for example `do you mean verify?`; nil where nothing is near.
  public func question(for name: String) -> String? {
    if let meaning = meanings[name.lowercased()], isKnown(meaning) {
      return "do you mean \(meaning)?"
    }
    let near = near(name)
    return near.isEmpty ? nil : "do you mean \(near.joined(separator: " or "))?"
  }

  /// Other programs' words for what a command does not have are of no help.
  private func isKnown(_ meaning: String) -> Bool {
    let first = meaning.prefix { $0 != "," && $0 != " " }
    return known.contains { $0 == first } || first.hasPrefix("rob")
  }

  /// The nearest names: beginnings of one another, or few typing errors apart; three at most.
  ///
  /// - Parameter name: that is not known.
  /// - Returns: nearest first.
  public func near(_ name: String) -> [String] {
    let name = name.lowercased()
    let ranked = known.compactMap { candidate -> (name: String, distance: Int)? in
      let other = candidate.lowercased()
      let distance = Self.distance(Array(name), Array(other))
      let shared = min(name.count, other.count)
      let isBeginning = shared >= 3 && (other.hasPrefix(name) || name.hasPrefix(other))
      let isNear = distance <= max(1, min(name.count, other.count) / 3)
      return isNear || isBeginning ? (candidate, isNear ? distance : distance + 100) : nil
    }
    let best = ranked.map(\.distance).min() ?? 0
    return ranked.filter { $0.distance == best || $0.distance >= 100 && best >= 100 }
      .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
  }

  /// How many letters must be put in, left out, replaced, or swapped with their neighbour.
  ///
  /// Source: Damerau, *A technique for computer detection and correction of spelling errors*,
  /// CACM 1964, in the form in which no letter is touched twice.
  static func distance(_ first: [Character], _ second: [Character]) -> Int {
    var rows = [Array(0...second.count)]
    for (i, letter) in first.enumerated() {
      var row = [i + 1]
      for (j, other) in second.enumerated() {
        var least = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (letter == other ? 0 : 1))
        if i > 0, j > 0, letter == second[j - 1], first[i - 1] == other {
          least = min(least, rows[i - 1][j - 1] + 1)
        }
        row.append(least)
      }
      rows.append(row)
    }
    return rows[first.count][second.count]
  }
}
