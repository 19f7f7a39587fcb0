import Files
import Graphs
import Tensors

extension WeightFile {
  /// The checkpoint of these weights and a network of the registry.
  ///
  /// - Parameters:
  ///   - architecture: a registry name; the network is found by names and shapes without one.
  ///   - normalization: constants to use in place of those among the weights.
  ///   - path: the file.
  /// - Returns: the checkpoint; what was guessed is among its notes.
  /// - Throws: ``FileError`` when no network fits, or several do.
  func checkpoint(
    architecture: String?, normalization: Normalization?, path: String
  ) throws(FileError) -> Checkpoint {
    var weights = self
    var notes: [String] = []
    let stored = weights.extractNormalization()
    if stored != nil { notes.append("took mean and deviation from the file") }
    let network: Architecture
    if let architecture {
      network = try weights.network(named: architecture, path: path)
    } else {
      network = try weights.guessedNetwork(path)
      notes.append("took the network for \(network.name) by its parameters' names and shapes")
    }
    var provenance = ["source": path.fileName]
    if !notes.isEmpty { provenance["notes"] = notes.joined(separator: "; ") }
    return try Checkpoint(
      tensors: weights.tensors, graph: network.graph, architecture: network.name,
      normalization: normalization ?? stored, provenance: provenance, path: path,
      sha256: try Digest.sha256(ofFile: path))
  }

  /// The network of a name, with as many classes as its last layer has rows.
  private func network(named name: String, path: String) throws(FileError) -> Architecture {
    let usual = try Architecture.known(name, path: path)
    // The last parameter is the bias of the last layer, one a class.
    guard let last = usual.parameterOrder.last,
      let classes = tensors.last(where: { $0.name.hasSuffix(last) })?.tensor.shape.first,
      let network = Architecture.named(name, classes: classes)
    else {
      throw FileError(
        path, "architecture",
        problem: "holds no \(usual.parameterOrder.last ?? "weights"), which \(name) ends with; "
          + "give another --arch, or none to have it guessed")
    }
    return network
  }

  private func guessedNetwork(_ path: String) throws(FileError) -> Architecture {
    for prefix in ParameterNames.prefixes
    where tensors.allSatisfy({ $0.name.hasPrefix(prefix) }) {
      var shapes: [String: [Int]] = [:]
      for (name, tensor) in tensors {
        let bare = String(name.dropFirst(prefix.count))
        if !ParameterNames.isUnused(bare) { shapes[bare] = tensor.shape }
      }
      let candidates = Architecture.matching(shapes)
      if candidates.count == 1 { return candidates[0] }
      if candidates.count > 1 {
        throw FileError(
          path, "architecture",
          problem: "its weights fit \(candidates.map(\.name).joined(separator: " and ")), which "
            + "compute different things with them; choose one with --arch")
      }
    }
    let names = tensors.prefix(3).map(\.name).joined(separator: ", ")
    throw FileError(
      path, "architecture",
      problem: "no known network has exactly its \(tensors.count) parameters (\(names), …); give "
        + "its architecture with --arch, or export it as ONNX")
  }

  /// Takes out the constants that a wrapper keeps beside the network.
  private mutating func extractNormalization() -> Normalization? {
    for (mean, deviation) in [("mean", "std"), ("mu", "sigma")] {
      let means = tensors.filter { $0.name.lastWord == mean }
      let deviations = tensors.filter { $0.name.lastWord == deviation }
      guard means.count == 1, deviations.count == 1,
        means[0].name.dropLast(mean.count) == deviations[0].name.dropLast(deviation.count),
        (1...16).contains(means[0].tensor.count),
        means[0].tensor.count == deviations[0].tensor.count,
        deviations[0].tensor.elements.allSatisfy({ $0.isFinite && $0 > 0 }),
        means[0].tensor.elements.allSatisfy(\.isFinite)
      else { continue }
      tensors.removeAll { [means[0].name, deviations[0].name].contains($0.name) }
      return Normalization(
        mean: means[0].tensor.elements, deviation: deviations[0].tensor.elements)
    }
    return nil
  }
}

extension Architecture {
  /// The network of a name.
  static func known(_ name: String, path: String) throws(FileError) -> Architecture {
    if let known = named(name) { return known }
    let near = suggestions(for: name)
    throw FileError(
      path, "architecture",
      problem: "\(name) is not a known architecture; "
        + (near.isEmpty
          ? "`robeval architectures` lists them" : "did you mean \(near.joined(separator: ", "))?"))
  }
}

extension String {
  /// What stands behind the last dot.
  fileprivate var lastWord: Substring {
    self[(lastIndex(of: ".").map(index(after:)) ?? startIndex)...]
  }
}
