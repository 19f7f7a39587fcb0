/// Why an ONNX file cannot be imported.
public struct ONNXError: Error, Hashable, CustomStringConvertible {
  /// The node, initializer or field concerned.
  public var place: String
  /// One clause with what was found and what is needed.
  public var problem: String

  /// Creates an error.
  ///
  /// - Parameters:
  ///   - place: the node, initializer or field concerned.
  ///   - problem: what was found and what is needed.
  public init(place: String, problem: String) {
    self.place = place
    self.problem = problem
  }

  /// For example `node "/act/HardSwish" (HardSwish): the operator is not supported`.
  public var description: String { "\(place): \(problem)" }
}

extension String {
  /// A name from a file as it may stand in a message: quoted, on one line, not too long.
  var quotedName: String {
    let printable = prefix(120).map { $0.isNewline || $0 == "\"" ? " " : String($0) }.joined()
    return "\"" + printable + (count > 120 ? "…" : "") + "\""
  }
}
