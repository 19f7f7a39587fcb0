/// What is wrong with a file, in one sentence.
public struct FileError: Error, Hashable, Sendable {
  /// What can be wrong.
  public enum Kind: Hashable, Sendable {
    /// There is no such file, or it may not be read.
    case missing
    /// The file says something that cannot be true, or that is not understood.
    case malformed
    /// The file cannot be written.
    case unwritable
  }

  /// The file.
  public var path: String
  /// The dataset, field or tensor inside the file, if one is concerned.
  public var place: String?
  /// What was expected, what was found, and where possible the remedy.
  public var problem: String
  /// What is wrong.
  public var kind: Kind

  /// Creates an error.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - place: the dataset, field or tensor inside it.
  ///   - kind: what is wrong.
  ///   - problem: expected, found, remedy.
  public init(_ path: String, _ place: String? = nil, kind: Kind = .malformed, problem: String) {
    self.path = path
    self.place = place
    self.problem = problem
    self.kind = kind
  }

  /// The status a program ends with, after `sysexits.h`: 66 no input, 65 bad data, 74 no output.
  public var exitCode: Int32 {
    switch kind {
    case .missing: 66
    case .malformed: 65
    case .unwritable: 74
    }
  }
}

extension FileError: CustomStringConvertible {
  /// For example `a.h5: conv1/weight: it is 16×3×3×3; the graph needs 16×3×5×5`.
  ///
  /// One line whatever names a hostile file holds.
  public var description: String {
    [path, place, problem + remedy].compactMap { $0?.onOneLine }.joined(separator: ": ")
  }

  /// What helps with any such file, where the problem itself names no remedy.
  private var remedy: String {
    if problem.contains("; ") || problem.hasSuffix("?") { return "" }
    return switch kind {
    case .missing: "; check the path"
    case .malformed: "; get the file again, or write it anew"
    case .unwritable: "; choose another place"
    }
  }
}

extension String {
  /// Without control characters, and cut where it becomes too long to be read.
  var onOneLine: String {
    let longest = 600
    var line = String.UnicodeScalarView()
    for (position, scalar) in unicodeScalars.enumerated() {
      if position == longest { return String(line) + "…" }
      let isControl = scalar.properties.generalCategory == .control
      line.append(isControl || scalar == "\u{2028}" || scalar == "\u{2029}" ? "?" : scalar)
    }
    return String(line)
  }
}
