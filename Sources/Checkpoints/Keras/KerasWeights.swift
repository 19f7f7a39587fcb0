import Files
import Tensors

/// The weights of one Keras layer by their last names, for example `kernel` and `bias`.
typealias KerasLayerWeights = [String: Tensor]

/// Finds the weights of layers in an HDF5 file of Keras.
struct KerasWeights: ~Copyable {
  private let file: HDF5File
  /// The group that holds one group a layer.
  private let root: String
  private var allowance: Int

  /// Opens a file.
  ///
  /// - Parameter path: the file.
  /// - Throws: ``FileError`` when it is missing, or no file of Keras with names.
  init(_ path: String) throws(FileError) {
    let opened = try HDF5File(reading: path)
    root = try opened.kind(of: "model_weights") == .group ? "model_weights/" : ""
    allowance = Checkpoint.largestParameters(fileSize: opened.size)
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

  /// The weights of a layer; empty where it has none.
  mutating func weights(of layer: String) throws(FileError) -> KerasLayerWeights {
    let group = root + layer
    guard !layer.isEmpty, try file.kind(of: group) == .group else { return [:] }
    var weights: KerasLayerWeights = [:]
    for dataset in try file.datasets(under: group) {
      let word = dataset.split(separator: "/").last.map(String.init) ?? dataset
      let name = word.hasSuffix(":0") ? String(word.dropLast(2)) : word
      let shape = try file.description(of: dataset).shape
      guard let count = shape.checkedProduct, count <= allowance / 4 else {
        throw FileError(
          file.path, dataset,
          problem: "with it, weights take more memory than a file of this size may ask for")
      }
      allowance -= 4 * count
      guard weights.updateValue(try file.tensor(dataset), forKey: name) == nil else {
        throw FileError(
          file.path, dataset,
          problem: "is a second \(name) of layer \(layer); models inside of models are not read")
      }
    }
    return weights
  }
}
