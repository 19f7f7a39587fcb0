import Files
import Graphs
import Tensors

/// The parameters a graph needs, and how names in files become theirs.
struct ParameterNames {
  private let expected: Set<String>

  init(of graph: Graph) { expected = Set(graph.nodes.flatMap(\.operation.parameterNames)) }

  /// The tensors under the graph's names.
  ///
  /// What wrappers such as `DataParallel` or `Sequential(normalize, model)` put before all names is
  /// taken off; counters and layers known to be unused are dropped.
  ///
  /// - Parameters:
  ///   - tensors: as the file names them.
  ///   - path: for messages.
  /// - Returns: exactly the parameters that the graph needs, and what was taken off their names.
  /// - Throws: ``FileError`` that lists what is missing and what is left over.
  func matching(
    _ tensors: [(name: String, tensor: Tensor)], path: String
  ) throws(FileError) -> (parameters: [String: Tensor], prefix: String) {
    let tensors = tensors.filter { expected.contains($0.name) || !Self.isCounter($0.name) }
    var best = (tensors: tensors, prefix: "")
    var mistakes = Int.max
    for prefix in Self.sharedPrefixes(of: tensors.map(\.name)) {
      let renamed = tensors.map { (name: String($0.name.dropFirst(prefix.count)), $0.tensor) }
        .filter { expected.contains($0.name) || !Self.isUnused($0.name) }
      let count = expected.symmetricDifference(renamed.map(\.name)).count
      if count < mistakes { (best, mistakes) = ((renamed, prefix), count) }
    }
    guard mistakes == 0 else { throw mismatch(best.tensors.map(\.name), path: path) }
    var parameters: [String: Tensor] = [:]
    for (name, tensor) in best.tensors {
      guard parameters.updateValue(tensor, forKey: name) == nil else {
        throw FileError(
          path, name, problem: "two tensors of the file have this name; leave one of them out")
      }
    }
    return (parameters, best.prefix)
  }

  /// What all names but those of counters begin with: nothing, then one word more at a time.
  static func sharedPrefixes(of names: [String]) -> [String] {
    let names = names.filter { !isCounter($0) }
    guard
      var shared = names.first?.split(separator: ".", omittingEmptySubsequences: false)
        .dropLast()
    else { return [""] }
    for name in names.dropFirst() where !shared.isEmpty {
      let words = name.split(separator: ".", omittingEmptySubsequences: false).dropLast()
      shared = shared.prefix(zip(shared, words).prefix { $0 == $1 }.count)
    }
    return (0...min(shared.count, 6)).map { count in
      shared.prefix(count).map { $0 + "." }.joined()
    }
  }

  /// Counters of training steps.
  static func isCounter(_ name: String) -> Bool {
    name.hasSuffix("num_batches_tracked") || name == "n_averaged" || name.hasSuffix(".n_averaged")
  }

  /// Counters, copies of layers that are never called, and what a MeanSparse layer keeps of how its
  /// statistics were gathered.
  static func isUnused(_ name: String) -> Bool {
    isCounter(name) || name.hasPrefix("sub_block1.")
      || [".flag_update_statistics", ".batch_num", ".momentum", ".epsilon"].contains {
        name.hasSuffix($0)
      }
  }

  private func mismatch(_ found: [String], path: String) -> FileError {
    let missing = expected.subtracting(found).sorted()
    let extra = Set(found).subtracting(expected).sorted()
    let parts = [("missing", missing), ("left over", extra)].compactMap { what, names in
      names.isEmpty
        ? nil
        : counted(names.count, "parameter is", "parameters are")
          + " \(what) (\(Self.list(names)))"
    }
    return FileError(
      path, "parameters",
      problem: parts.joined(separator: ", ")
        + "; check that the architecture is the one the file was trained with"
        + (missing.isEmpty
          ? ", or leave out what is not the network's: --leave-out \(Self.first(extra))" : "")
        + (missing.isEmpty || extra.isEmpty ? "" : choice(found)))
  }

  /// How to take one of several networks, where what is needed stands under a prefix of its own.
  private func choice(_ found: [String]) -> String {
    guard let wanted = expected.min() else { return "" }
    let names = Set(found)
    let prefixes = found.filter { $0.hasSuffix("." + wanted) }
      .map { $0.dropLast(wanted.count) }
      .filter { prefix in expected.allSatisfy { names.contains(prefix + $0) } }
      .map { String($0.dropLast()) }.sorted()
    return prefixes.isEmpty
      ? ""
      : "; all of them stand under \(Self.list(prefixes)): choose with --weights \(prefixes[0])"
  }

  /// The first word of what is too much.
  private static func first(_ names: [String]) -> String {
    names.first?.split(separator: ".").first.map(String.init) ?? ""
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
  }
}
