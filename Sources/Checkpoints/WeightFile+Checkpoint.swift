import Files
import Graphs
import Tensors

extension WeightFile {
  /// What a file says of its network besides weights.
  struct Header {
    var normalization: Normalization?
    var input: FeatureShape?
  }

  /// The checkpoint of these weights and a network of the registry.
  ///
  /// - Parameters:
  ///   - request: a registry name, or none to have the network found by names and shapes; which
  ///     weights; constants to use in place of those among the weights.
  ///   - selection: what was already chosen among several sets of weights.
  ///   - header: what the file says besides.
  ///   - path: the file.
  /// - Returns: the checkpoint; what was guessed is among its notes.
  /// - Throws: ``FileError`` when no network fits, or several do.
  func checkpoint(
    _ request: ModelRequest, _ selection: WeightSelection, header: Header = Header(),
    path: String
  ) throws(FileError) -> Checkpoint {
    var weights = self
    var selection = selection
    let joined = try weights.joinParts(path)
    let stored = try weights.extractNormalization(path) ?? header.normalization
    try weights.choose(&selection, path: path)
    let left = try weights.leaveOut(request.leavingOut, path: path)
    let network: Architecture
    if let architecture = request.architecture {
      network = try weights.network(named: architecture, input: header.input, path: path)
    } else {
      network = try weights.guessedNetwork(path)
    }
    let choice = NormalizationChoice(
      asked: request.normalization, stored: stored, network: network)
    var checkpoint = try Checkpoint(
      tensors: weights.tensors, graph: network.graph, architecture: network.name,
      shapes: network.parameterShapes, normalization: choice.constants,
      provenance: ["source": path.fileName], path: path,
      sha256: try Digest.sha256(ofFile: path))
    checkpoint.note(selection)
    for sentence in joined + left { checkpoint.note(sentence) }
    if let note = choice.note { checkpoint.note(note) }
    if request.architecture == nil {
      checkpoint.note("took the network for \(network.name) by its parameters' names and shapes")
      if choice.constants == nil, let own = network.graph.inputNormalization {
        checkpoint.note("\(network.name) brings \(own.text)")
      }
    }
    return checkpoint
  }

  /// The network of a name, with as many classes as its last layer has rows.
  private func network(
    named name: String, input: FeatureShape?, path: String
  ) throws(FileError) -> Architecture {
    let usual = try Architecture.known(name, path: path)
    // The last parameter is the bias of the last layer, one a class.
    let last = usual.classifierParameter ?? "weights"
    let found = tensors.filter { $0.name == last || $0.name.hasSuffix("." + last) }
    guard let classes = found.min(by: { $0.name.count < $1.name.count })?.tensor.shape.first,
      let network = Architecture.named(name, classes: classes, input: input)
    else {
      throw FileError(
        path, "architecture",
        problem: "holds no \(last), which \(name) ends with; "
          + "give another --arch, or none to have it guessed")
    }
    return network
  }

  private func guessedNetwork(_ path: String) throws(FileError) -> Architecture {
    for prefix in ParameterNames.sharedPrefixes(of: tensors.map(\.name)) {
      var shapes: [String: [Int]] = [:]
      for (name, tensor) in tensors where !ParameterNames.isCounter(name) {
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
      problem:
        "no known network has exactly its \(counted(tensors.count, "parameter")) (\(names)\(tensors.count > 3 ? ", …" : "")); give "
        + "its architecture with --arch, or export it as ONNX")
  }
}

extension Checkpoint {
  /// Keeps in mind which of several sets of weights was taken.
  mutating func note(_ selection: WeightSelection) {
    guard let chosen = selection.chosen, selection.choices.count > 1 else { return }
    provenance["weights"] = chosen
    note("took the weights \(chosen), one of \(selection.choices.joined(separator: ", "))")
  }
}

extension Architecture {
  /// The network of a name.
  static func known(_ name: String, path: String) throws(FileError) -> Architecture {
    if let known = named(name) { return known }
    throw FileError(path, "architecture", problem: problem(ofUnknown: name))
  }
}
