import Files
import Graphs
import Tensors

/// Files that Keras writes to HDF5.
enum KerasFile {
  /// Whether an HDF5 file is one of Keras.
  ///
  /// - Parameter path: the file.
  /// - Returns: whether it has Keras's marks.
  /// - Throws: ``FileError`` when it is missing or damaged.
  static func isPresent(at path: String) throws(FileError) -> Bool {
    try KerasWeights.isPresent(in: try HDF5File(reading: path))
  }

  /// Reads a network from Keras's HDF5: the whole model, or weights for a network of the registry.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - request: a registry name; without one the file's own network is used, or for a file of
  ///     weights the one that fits them; constants to put in front.
  /// - Returns: the checkpoint; a final softmax is removed.
  /// - Throws: ``FileError`` at the first thing that does not fit, by name.
  static func read(
    _ path: String, _ request: ModelRequest = ModelRequest()
  ) throws(FileError) -> Checkpoint {
    var weights = try KerasWeights(path)
    guard request.architecture == nil, let description = try weights.modelDescription() else {
      let tensors = try tensors(&weights)
      var checkpoint = try WeightFile(tensors: tensors).checkpoint(
        request, WeightSelection(request.weights), path: path)
      checkpoint.model = checkpoint.model.readingFlattenedChannelsLast()
      if checkpoint.model.graph.hasBatchNormalization {
        checkpoint.note(
          "Keras keeps the ε of batch normalisation with the model, not with weights, so it is that "
            + "of \(checkpoint.architecture)")
      }
      return checkpoint
    }
    return try checkpoint(description, weights, path: path, request)
  }

  /// The network of a description, with its weights.
  ///
  /// - Parameters:
  ///   - description: in JSON.
  ///   - weights: of all its layers.
  ///   - path: the file, for messages.
  ///   - request: what the caller says.
  /// - Returns: the checkpoint.
  /// - Throws: ``FileError`` at the first thing that does not fit, by name.
  static func checkpoint(
    _ description: String, _ weights: consuming KerasWeights, path: String,
    _ request: ModelRequest
  ) throws(FileError) -> Checkpoint {
    let model = try KerasModel(json: description, path: path)
    var importer = KerasImporter(model, weights: weights)
    let network = try importer.network()
    let parameters = network.model.parameters.sorted { $0.key < $1.key }
    return try Checkpoint(
      describedBy: network.model.graph, parameters.map { (name: $0.key, tensor: $0.value) },
      provenance: ["source": path.fileName], notes: network.notes, request,
      WeightSelection(request.weights), path: path)
  }

  /// All weights under PyTorch's names and in its layouts.
  ///
  /// A scope that all layers share, the name of the model, is left out.
  private static func tensors(
    _ weights: inout KerasWeights
  ) throws(FileError) -> [(name: String, tensor: Tensor)] {
    var tensors: [(name: String, tensor: Tensor)] = []
    for layer in try weights.layerNames() {
      let name = layer.split(separator: "/").joined(separator: ".")
      for (weight, tensor) in try weights.weights(of: layer).sorted(by: { $0.key < $1.key }) {
        guard let (suffix, converted) = converted(weight, tensor) else { continue }
        tensors.append((name + "." + suffix, converted))
      }
    }
    let scope = tensors.first?.name.split(separator: ".").first.map { $0 + "." } ?? ""
    let isShared = tensors.allSatisfy { tensor in
      tensor.name.hasPrefix(scope) && tensor.name.split(separator: ".").count > 2
    }
    return isShared ? tensors.map { (String($0.name.dropFirst(scope.count)), $0.tensor) } : tensors
  }

  /// A weight in PyTorch's layout; nil for what only training needs.
  private static func converted(_ name: String, _ tensor: Tensor) -> (String, Tensor)? {
    switch (name, tensor.shape.count) {
    case ("kernel", 4): ("weight", tensor.transposed([3, 2, 0, 1]))
    case ("kernel", 2): ("weight", tensor.transposed([1, 0]))
    case ("depthwise_kernel", 4): ("weight", tensor.depthwiseFromKeras)
    case ("gamma", 1): ("weight", tensor)
    case ("bias", 1), ("beta", 1): ("bias", tensor)
    case ("moving_mean", 1): ("running_mean", tensor)
    case ("moving_variance", 1): ("running_var", tensor)
    default: nil
    }
  }
}

extension Graph {
  fileprivate var hasBatchNormalization: Bool {
    nodes.contains { if case .batchNormalization = $0.operation { true } else { false } }
  }
}

extension Model {
  /// The model for linear layers that count the pixels of a flattened image channels last.
  fileprivate func readingFlattenedChannelsLast() -> Model {
    guard let shapes = try? shapes() else { return self }
    var result = self
    var done: Set<String> = []
    for node in graph.nodes {
      guard case .linear(let linear) = node.operation, let weight = parameters[linear.weight],
        let image = flattenedImage(before: node.inputs[0], shapes),
        done.insert(linear.weight).inserted
      else { continue }
      result.parameters[linear.weight] = weight.columnsFromChannelsLast(image)
    }
    return result
  }

  /// The image that a vector lists, if only activations lie between its flattening and here.
  private func flattenedImage(before position: Int, _ shapes: [FeatureShape]) -> FeatureShape? {
    var position = position
    while true {
      let node = graph.nodes[position]
      switch node.operation {
      case .flatten: return shapes[node.inputs[0]]
      case .relu, .silu, .elementwise: position = node.inputs[0]
      case .input, .convolution, .batchNormalization, .channelAffine, .layerNormalization,
        .meanSparse, .add, .multiply, .maxPool,
        .averagePool, .globalAveragePool, .linear, .normalize, .concatenate, .channelShuffle,
        .channelSlice, .pad, .attention, .table, .rearrange, .rowNormalization,
        .positionEncoding:
        return nil
      }
    }
  }
}
