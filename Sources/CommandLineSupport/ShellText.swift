/// Command lines as a POSIX shell reads them.
public enum ShellText {
  /// Words as one line that a shell splits into the same words.
  ///
  /// - Parameter words: a program and its arguments.
  /// - Returns: words with anything but letters, digits and `@%+=:,./_-` in single quotes.
  ///
  /// Source: IEEE Std 1003.1, Shell Command Language, 2.2.2 Single-Quotes.
  public static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

  /// The command line that repeats what is under way.
  ///
  /// - Parameter program: its name, wherever it was started from.
  /// - Returns: the program and this process's arguments.
  public static func repeating(_ program: String) -> String {
    line([program] + CommandLine.arguments.dropFirst())
  }

  private static func quoted(_ word: String) -> String {
    let isPlain = word.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
          || "@%+=:,./_-".unicodeScalars.contains(scalar))
    }
    // A leading ~ is not plain; = in the first word would be an assignment, but that is the program.
    if isPlain && !word.isEmpty { return word }
    return "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
