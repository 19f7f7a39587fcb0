import Files

/// Which of several sets of weights in a file is meant.
///
/// Training scripts save a running average beside the weights themselves. Both fit the network, and
/// nothing in the file says which one was reported; so nothing is taken without a word.
struct WeightSelection {
  /// What was asked for and not found yet.
  private(set) var wanted: String?
  /// The name of the set that was taken, where there were several.
  private(set) var chosen: String?
  /// The names of all sets, where there were several.
  private(set) var choices: [String] = []
  /// Where the only dictionary of tensors lies; empty for the file as a whole.
  var onlyPlace = ""

  init(_ wanted: String?) { self.wanted = wanted }

  /// What the set at the top of a file is called beside one that has a name.
  static let top = "."

  /// Whether a name is that of an average of weights.
  static func isAverage(_ name: String) -> Bool {
    let name = name.lowercased()
    return ["ema", "avg", "average", "swa", "shadow", "polyak"].contains { name.contains($0) }
  }

  /// Picks one of several sets.
  ///
  /// - Parameters:
  ///   - names: of the sets, as the file has them.
  ///   - path: of the file, for messages.
  /// - Returns: a position among the names.
  /// - Throws: ``FileError`` that lists the names when none or an unknown one was asked for.
  mutating func pick(among names: [String], path: String) throws(FileError) -> Int {
    guard let wanted else {
      let averages = names.filter(Self.isAverage).count
      let examples =
        averages == 1 && names.count == 2
        ? "--weights model or --weights ema" : "--weights \(names[0])"
      throw FileError(
        path, "weights",
        problem: "it holds \(names.count) sets of weights that differ (\(Self.list(names))); "
          + "choose one with \(examples)")
    }
    guard let (position, rest) = Self.position(of: wanted, among: names) else {
      throw FileError(
        path, "weights",
        problem: "“\(wanted)” is none of its sets of weights, or several of them; choose one of "
          + Self.list(names) + " with --weights")
    }
    self.wanted = rest
    chosen = [chosen, names[position]].compactMap { $0 }.joined(separator: ".")
    choices = names
    return position
  }

  /// Notes that a part of the names was asked for and found.
  mutating func take(_ part: String, of names: [String]) {
    wanted = nil
    chosen = part
    choices = names
  }

  /// Refuses a wish that the file cannot fulfil, once there is nothing left to choose among.
  mutating func finish(_ path: String) throws(FileError) {
    guard let wanted else { return }
    guard let found = Self.position(of: wanted, among: [onlyPlace]), found.rest == nil else {
      let place = onlyPlace.isEmpty ? "" : ", under \(onlyPlace)"
      throw FileError(
        path, "weights",
        problem: "“\(wanted)” is not among them; the file holds one set of weights\(place); "
          + "leave out --weights")
    }
    self.wanted = nil
  }

  /// The set of a name, and what the name says beyond it; `model` and `ema` stand for the only set
  /// that is no average, or is one.
  private static func position(
    of wanted: String, among names: [String]
  ) -> (position: Int, rest: String?)? {
    if let exact = names.firstIndex(of: wanted) { return (exact, nil) }
    if ["model", "ema"].contains(wanted) {
      let fitting = names.indices.filter { isAverage(names[$0]) == (wanted == "ema") }
      if fitting.count == 1 { return (fitting[0], nil) }
    }
    let outer = names.indices.filter { wanted.hasPrefix(names[$0] + ".") && !names[$0].isEmpty }
    guard let longest = outer.max(by: { names[$0].count < names[$1].count }) else { return nil }
    return (longest, String(wanted.dropFirst(names[longest].count + 1)))
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
  }
}
