public import Tensors

/// A network that is known by name: its graph and the parameters a checkpoint must bring.
///
/// Parameters have the names and the order of the PyTorch checkpoints they come from.
public struct Architecture: Sendable {
  /// The name under which reports mention it, for example `wrn-34-10`.
  public var name: String
  /// What is computed.
  public var graph: Graph
  /// The shapes of all parameters, by name.
  public var parameterShapes: [String: [Int]]
  /// The names of all parameters, in checkpoint order.
  public var parameterOrder: [String]

  /// The network of a name or alias.
  ///
  /// - Parameters:
  ///   - name: for example `wrn-34-10`; upper and lower case are the same.
  ///   - classes: the number of logits; the family's usual one by default.
  ///   - input: the shape of an image; the family's usual one by default.
  ///   - normalization: the first operation; the family's usual one, often none, by default.
  /// - Returns: the network, or nil for an unknown name or a depth that the family does not have.
  public static func named(
    _ name: String, classes: Int? = nil, input: FeatureShape? = nil,
    normalization: Normalization? = nil
  ) -> Architecture? {
    for family in ArchitectureFamily.all {
      guard let numbers = family.numbers(in: name) else { continue }
      if let member = family.member(
        numbers, classes: classes ?? family.classes, input: input, normalization: normalization)
      {
        return member
      }
    }
    return nil
  }

  /// The names of all families; numbers to be filled in stand in angle brackets.
  public static var names: [String] { ArchitectureFamily.all.map { $0.patterns[0] } }

  /// Known names that resemble an unknown one, for an error message.
  ///
  /// - Parameter name: what could not be found.
  /// - Returns: up to three names, the nearest first; empty if nothing is near.
  public static func suggestions(for name: String) -> [String] {
    let wanted = Array(name.lowercased().utf8)
    let candidates = ArchitectureFamily.all.flatMap { family in
      family.patterns.map { pattern in
        (
          distance: editDistance(
            wanted, Array(fill(pattern, with: numerals(in: name)).lowercased().utf8)),
          name: fill(family.patterns[0], with: numerals(in: name))
        )
      }
    }
    var suggestions: [String] = []
    for candidate in candidates.sorted(by: { $0.distance < $1.distance })
    where candidate.distance <= max(2, wanted.count / 3) {
      if suggestions.count < 3, !suggestions.contains(candidate.name),
        named(candidate.name) != nil
      {
        suggestions.append(candidate.name)
      }
    }
    return suggestions
  }

  /// What to say of a name that is none.
  ///
  /// - Parameter name: what could not be found.
  /// - Returns: half a sentence with the names that are near.
  public static func problem(ofUnknown name: String) -> String {
    let near = suggestions(for: name)
    return "\(name) is not a known architecture; "
      + (near.isEmpty
        ? "`robeval architectures` lists them" : "did you mean \(near.joined(separator: ", "))?")
  }

  /// The parameter whose first extent is the number of classes: the last layer's bias.
  public var classifierParameter: String? { graph.trainableNames.last }

  /// What the network consists of and what it costs.
  ///
  /// - Returns: one row a node, and the totals. O(nodes).
  /// - Throws: ``GraphError`` when the input shape is too small for the network.
  public func summary() throws(GraphError) -> Summary {
    try graph.summary(parameters: parameterShapes)
  }
}

/// The runs of digits of a text, in order.
private func numerals(in text: String) -> [String] {
  text.split { !("0"..."9").contains($0) }.map(String.init)
}

/// The pattern with numbers in place of its angle brackets, as far as there are numbers.
private func fill(_ pattern: String, with numbers: [String]) -> String {
  var remaining = numbers[...]
  return ArchitectureFamily.pieces(of: pattern).map { piece in
    switch piece {
    case .text(let text): text
    case .number(let name): remaining.popFirst() ?? "<\(name)>"
    }
  }.joined()
}

/// How many insertions, deletions and replacements lead from one text to another.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var row = Array(0...right.count)
  for (i, character) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in right.enumerated() {
      let replaced = diagonal + (character == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[right.count]
}
