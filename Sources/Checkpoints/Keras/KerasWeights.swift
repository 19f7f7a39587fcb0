import Files
import Tensors

/// The weights of one Keras layer by their last names, for example `kernel` and `bias`.
typealias KerasLayerWeights = [String: Tensor]

/// Finds the weights of layers in an HDF5 file of Keras.
struct KerasWeights: ~Copyable {
  private let file: HDF5File
  /// The group that holds one group a layer.
  private let root: String
  /// Whether weights are numbered, as in `.weights.h5` of Keras 3, not named.
  private let areNumbered: Bool
  private var allowance: Int

  /// Opens a file.
  ///
  /// - Parameter path: the file.
  /// - Throws: ``FileError`` when it is missing, or no file of Keras with names.
  init(_ path: String) throws(FileError) {
    let opened = try HDF5File(reading: path)
    root = try opened.kind(of: "model_weights") == .group ? "model_weights/" : ""
    areNumbered = false
    allowance = Checkpoint.largestParameters(fileSize: opened.size)
    file = opened
  }

  /// Opens the weights in a `.keras` archive.
  ///
  /// - Parameters:
  ///   - path: the archive.
  ///   - range: the positions of the weights in it.
  /// - Throws: ``FileError`` when they are damaged.
  init(archive path: String, at range: Range<Int>) throws(FileError) {
    let opened = try HDF5File(reading: path, at: range)
    root = ""
    areNumbered = true
    allowance = Checkpoint.largestParameters(fileSize: range.count)
    file = opened
  }

  /// Whether an HDF5 file was written by Keras.
  static func isPresent(in file: borrowing HDF5File) throws(FileError) -> Bool {
    if try file.kind(of: "parameters") != nil { return false }
    if try file.string(attribute: "keras_version") != nil { return true }
    if try file.kind(of: "model_weights") == .group { return true }
    // What Keras 3 writes under the name x.weights.h5.
    return try file.kind(of: "_layer_checkpoint_dependencies") != nil
  }

  /// The description of the model; nil where the file holds weights only.
  func modelDescription() throws(FileError) -> String? {
    try file.string(attribute: "model_config")
  }

  /// The names of all layers, as far as the file lists them.
  func layerNames() throws(FileError) -> [String] {
    let group = root.isEmpty ? "/" : String(root.dropLast())
    guard let names = try file.strings(attribute: "layer_names", of: group) else {
      throw FileError(
        file.path, "layer_names",
        problem: "is missing, so that weights cannot be told apart; save the whole model with "
          + "model.save(\"x.h5\")")
    }
    return names
  }

  /// The weights of a layer at the top; empty where it has none.
  mutating func weights(of layer: String) throws(FileError) -> KerasLayerWeights {
    let group = root + layer
    guard !layer.isEmpty, try file.kind(of: group) == .group else { return [:] }
    return try named(try file.datasets(under: group), layer)
  }

  /// The weights of a layer, which may be in models inside of the model.
  mutating func weights(of layer: KerasLayer) throws(FileError) -> KerasLayerWeights {
    if areNumbered { return try numbered(layer) }
    guard let top = layer.scope.first else { return try weights(of: layer.ownName) }
    let group = root + top
    guard try file.kind(of: group) == .group else { return [:] }
    let inside = try file.datasets(under: group).filter {
      $0.split(separator: "/").dropLast().last == layer.ownName[...]
    }
    return try named(inside, layer.name)
  }

  /// Weights under names of their own.
  private mutating func named(
    _ datasets: [String], _ layer: String
  ) throws(FileError) -> KerasLayerWeights {
    var weights: KerasLayerWeights = [:]
    for dataset in datasets {
      let word = dataset.split(separator: "/").last.map(String.init) ?? dataset
      let name = word.hasSuffix(":0") ? String(word.dropLast(2)) : word
      guard weights.updateValue(try tensor(dataset), forKey: name) == nil else {
        throw FileError(
          file.path, dataset,
          problem:
            "is a second \(name) of layer \(layer); give the layers different names, or export "
            + "the model as ONNX")
      }
    }
    return weights
  }

  private mutating func tensor(_ dataset: String) throws(FileError) -> Tensor {
    guard let count = try file.description(of: dataset).shape.checkedProduct,
      count <= allowance / 4
    else {
      throw FileError(
        file.path, dataset,
        problem: "with it, weights take more memory than a file of this size may ask for")
    }
    allowance -= 4 * count
    return try file.tensor(dataset)
  }

  // MARK: Keras 3

  /// Weights under `vars/0`, `vars/1` … in the order in which the layer made them.
  private mutating func numbered(_ layer: KerasLayer) throws(FileError) -> KerasLayerWeights {
    var place = ""
    for (name, snake) in zip(layer.scope + [layer.ownName], layer.places) {
      let layers = place + "layers"
      guard try file.kind(of: layers) == .group else { return [:] }
      place = try group(of: name, in: layers, otherwise: snake) + "/"
    }
    let variables = place + "vars"
    guard try file.kind(of: variables) == .group else { return [:] }
    var weights: KerasLayerWeights = [:]
    let names = try layer.variableNames()
    for (position, name) in names.enumerated() {
      let dataset = "\(variables)/\(position)"
      guard try file.kind(of: dataset) == .dataset else { break }
      weights[name] = try tensor(dataset)
    }
    return weights
  }

  /// The group of a layer: the one that says its name, or in older files the one that is called
  /// after its class and numbered.
  private func group(
    of name: String, in layers: String, otherwise snake: String
  ) throws(FileError) -> String {
    for child in try file.children(of: layers) {
      let group = layers + "/" + child
      guard try file.kind(of: group + "/vars") == .group else { continue }
      if try file.string(attribute: "name", of: group + "/vars") == name { return group }
    }
    return layers + "/" + snake
  }
}

extension KerasLayer {
  /// What the layer's numbered weights are, in their order.
  fileprivate func variableNames() throws(FileError) -> [String] {
    switch kind {
    case "Conv2D", "Dense", "DepthwiseConv2D": return ["kernel", "bias"]
    case "SeparableConv2D": return ["depthwise_kernel", "pointwise_kernel", "bias"]
    case "BatchNormalization":
      let scale = try truth("scale", default: true) ? ["gamma"] : []
      let center = try truth("center", default: true) ? ["beta"] : []
      return scale + center + ["moving_mean", "moving_variance"]
    case "Normalization": return ["mean", "variance"]
    default: return []
    }
  }
}
