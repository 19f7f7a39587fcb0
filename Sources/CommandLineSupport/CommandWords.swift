internal import Glibc

/// A command line made readable for the parser.
enum CommandWords {
  /// Options may be written with `_` in place of `-`, as in Python's tools, and a number with a sign
  /// belongs to the option before it, though it begins as options do.
  static func normalized(_ words: [String]) -> [String] {
    var result: [String] = []
    var isOver = false
    for word in words {
      if isOver || word == "--" {
        isOver = true
        result.append(word)
      } else if let option = result.last, isOptionWithoutValue(option), isNegative(word) {
        result[result.count - 1] = "\(option)=\(word)"
      } else {
        result.append(hyphenated(word))
      }
    }
    if result.first == "version" && result.count == 1 { return ["--version"] }
    return result
  }

  /// Names of files may be any bytes, and what is not UTF-8 would be another name here.
  static func checkThatAllIsText() throws(UsageError) {
    for position in 1..<max(1, Int(CommandLine.argc)) {
      guard let word = CommandLine.unsafeArgv[position],
        String(validatingCString: word) == nil
      else { continue }
      throw UsageError(
        String(cString: word).replacing("\u{fffd}", with: "?"),
        "is not UTF-8; rename the file, or give it a link with such a name")
    }
  }

  private static func hyphenated(_ word: String) -> String {
    guard word.hasPrefix("--"), word.count > 2 else { return word }
    let name = word.prefix { $0 != "=" }
    return name.replacing("_", with: "-") + String(word.dropFirst(name.count))
  }

  private static func isOptionWithoutValue(_ word: String) -> Bool {
    word.hasPrefix("--") && word.count > 2 && !word.contains("=")
  }

  private static func isNegative(_ word: String) -> Bool {
    guard word.first == "-", let second = word.dropFirst().first else { return false }
    return second.isASCII && (second.isNumber || second == ".")
  }
}
