import Files
import Graphs
import Tensors

/// The parameters a graph needs, and how names in files become theirs.
struct ParameterNames {
  /// What wrappers such as `DataParallel` or `Sequential(normalize, model)` put before all names.
  static let prefixes = ["", "module.", "model.", "module.model.", "module.0.", "0.", "1.", "net."]

  private let expected: Set<String>

  init(of graph: Graph) { expected = Set(graph.nodes.flatMap(\.operation.parameterNames)) }

  /// The tensors under the graph's names.
  ///
  /// One prefix is taken off, if all names have it; counters and layers known to be unused are
  /// dropped.
  ///
  /// - Parameters:
  ///   - tensors: as the file names them.
  ///   - path: for messages.
  /// - Returns: exactly the parameters that the graph needs.
  /// - Throws: ``FileError`` that lists what is missing and what is left over.
  func matching(
    _ tensors: [(name: String, tensor: Tensor)], path: String
  ) throws(FileError) -> [String: Tensor] {
    var best = tensors
    var mistakes = Int.max
    for prefix in Self.prefixes where tensors.allSatisfy({ $0.name.hasPrefix(prefix) }) {
      let renamed = tensors.map { (name: String($0.name.dropFirst(prefix.count)), $0.tensor) }
        .filter { expected.contains($0.name) || !Self.isUnused($0.name) }
      let count = expected.symmetricDifference(renamed.map(\.name)).count
      if count < mistakes { (best, mistakes) = (renamed, count) }
    }
    guard mistakes == 0 else { throw mismatch(best.map(\.name), path: path) }
    return Dictionary(best.map { ($0.name, $0.tensor) }, uniquingKeysWith: { _, last in last })
  }

  /// Counters of training steps, and copies of layers that are never called.
  static func isUnused(_ name: String) -> Bool {
    name.hasSuffix("num_batches_tracked") || name.hasPrefix("sub_block1.")
  }

  private func mismatch(_ found: [String], path: String) -> FileError {
    let missing = expected.subtracting(found).sorted()
    let extra = Set(found).subtracting(expected).sorted()
    let parts = [("are missing", missing), ("are left over", extra)].compactMap { what, names in
      names.isEmpty ? nil : "\(names.count) parameters \(what) (\(Self.list(names)))"
    }
    return FileError(
      path, "parameters",
      problem: parts.joined(separator: ", ")
        + "; check that the architecture is the one the file was trained with")
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
  }
}
