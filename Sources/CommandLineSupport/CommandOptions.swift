/// The options of a command, as its page of help lists them.
struct CommandOptions {
  private struct Option {
    /// All its names, with their hyphens; for a switch those that turn it on and off.
    var names: [String]
    var hasValue: Bool
  }

  private let options: [Option]

  /// Reads a page of help: options are what begins with a hyphen before an explanation.
  ///
  /// - Parameter help: the page, with each option on a line of its own.
  init(in help: String) {
    options = help.split(separator: "\n").filter { $0.hasPrefix("  -") }.map { line in
      let words = line.split { " ,/".contains($0) }
        .prefix { $0.hasPrefix("-") || $0.hasPrefix("<") }
      return Option(
        names: words.filter { $0.hasPrefix("-") }.map(String.init),
        hasValue: words.contains { $0.hasPrefix("<") })
    }
  }

  var names: Set<String> { Set(options.flatMap(\.names)) }

  /// The first option that is given a second time; the same switch twice says nothing new.
  ///
  /// - Parameter words: of the command line.
  /// - Returns: its name as it stands there the second time.
  func firstGivenTwice(in words: [String]) -> String? {
    var given: [Int: String] = [:]
    for word in words.prefix(while: { $0 != "--" }) where word.hasPrefix("-") {
      let name = String(word.prefix { $0 != "=" })
      guard let option = options.firstIndex(where: { $0.names.contains(name) }) else { continue }
      if let before = given.updateValue(name, forKey: option),
        options[option].hasValue || before != name
      {
        return name
      }
    }
    return nil
  }
}
