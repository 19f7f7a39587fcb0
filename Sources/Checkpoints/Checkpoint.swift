public import Files
import Foundation
public import Graphs
public import Tensors

/// A trained network and what is known about it.
public struct Checkpoint: Sendable {
  /// Takes raw pixels in [0, 1]: normalisation is inside the graph.
  public var model: Model
  /// The registry name, or `graph` where the network is known only by its graph.
  public var architecture: String
  /// The number of logits.
  public var classes: Int
  /// The constants that the file, or whoever imported it, gave for normalisation.
  public var normalization: Normalization?
  /// What the network was trained on, for instance `CIFAR-10`.
  public var dataset: String?
  /// Where it comes from: author, training, licence, in free words.
  public var provenance: [String: String]
  /// The SHA-256 of the file it was read from; empty if it was not read from one.
  public var sha256: String

  /// What is worth knowing about how the file was read, one sentence each.
  public var notes: [String] {
    provenance["notes"].map { $0.isEmpty ? [] : $0.components(separatedBy: "; ") } ?? []
  }

  /// Which set of weights was taken, where the file holds several.
  public var weights: String? { provenance["weights"] }

  /// What tells the network from others: the checksum, and the set of weights where it matters.
  public var identity: String { sha256 + (weights.map { ", weights \($0)" } ?? "") }

  /// Adds to what is worth knowing.
  mutating func note(_ sentence: String) {
    if !notes.contains(sentence) {
      provenance["notes"] = (notes + [sentence]).joined(separator: "; ")
    }
  }

  /// Joins parameters and graph, and checks that they fit.
  ///
  /// - Parameters:
  ///   - tensors: parameters by their PyTorch names, with or without a wrapper's prefix.
  ///   - graph: the network they belong to.
  ///   - architecture: the registry name, or `graph`.
  ///   - shapes: what the parameters of a network of that name must look like, where it is known.
  ///   - normalization: constants to put into the graph, replacing its own.
  ///   - dataset: what the network was trained on.
  ///   - provenance: where it comes from.
  ///   - path: the file, for messages.
  ///   - sha256: of the file.
  /// - Throws: ``FileError`` when parameters are missing, left over, of the wrong shape or not
  ///   finite.
  public init(
    tensors: [(name: String, tensor: Tensor)], graph: Graph, architecture: String = "graph",
    shapes: [String: [Int]]? = nil, normalization: Normalization? = nil, dataset: String? = nil,
    provenance: [String: String] = [:], path: String, sha256: String = ""
  ) throws(FileError) {
    let names = ParameterNames(of: graph)
    let (parameters, prefix) = try names.matching(tensors, path: path)
    if let shapes {
      try Self.checkShapes(of: parameters, against: shapes, of: architecture, path: path)
    }
    try Self.checkFinite(parameters, path: path)
    var model = Model(graph: graph, parameters: parameters)
    do throws(GraphError) {
      classes = try model.classes()
      if let normalization {
        try Self.checkChannels(of: normalization, for: graph.input)
        // Only a graph that is known to be sound can be rewritten.
        model = model.normalizingInput(normalization)
        _ = try model.shapes()
      }
    } catch {
      throw FileError(path, error.place, problem: error.problem)
    }
    try Self.checkVariances(of: model, path: path)
    self.model = model
    self.architecture = architecture
    self.normalization = normalization ?? model.inputNormalization
    self.dataset = dataset
    self.provenance = provenance
    self.sha256 = sha256
    if !prefix.isEmpty { note("took “\(prefix)” off the names of all parameters") }
  }

  /// Parameters may take as much memory as this, so that loading takes at most four times the size
  /// of the file and 64 MiB, whatever the file claims.
  static func largestParameters(fileSize: Int) -> Int { 3 * fileSize + 1 << 24 }

  private static func checkChannels(
    of constants: Normalization, for image: FeatureShape
  ) throws(GraphError) {
    let count = constants.mean.count
    guard count != image.channels || constants.deviation.count != count else { return }
    throw GraphError(
      place: "mean and deviation",
      problem:
        "there \(count == 1 ? "is" : "are") \(counted(count, "number")) of each; the network takes images of \(image); give one number a channel"
    )
  }

  private static func checkFinite(
    _ parameters: [String: Tensor], path: String
  ) throws(FileError) {
    for (name, tensor) in parameters.sorted(by: { $0.key < $1.key }) {
      let position = tensor.withUnsafeElements { $0.firstIndex { !$0.isFinite } }
      if let position {
        throw FileError(
          path, name,
          problem: "element \(position) is \(tensor[position]); weights must be finite")
      }
    }
  }

  private static func checkVariances(of model: Model, path: String) throws(FileError) {
    for node in model.graph.nodes {
      guard case .batchNormalization(let norm) = node.operation,
        let variance = model.parameters[norm.variance]
      else { continue }
      let smallest = variance.withUnsafeElements { $0.min() } ?? 1
      guard norm.epsilon.isFinite, Double(smallest) + norm.epsilon > 0 else {
        throw FileError(
          path, norm.variance,
          problem: "a variance is \(smallest); with ε = \(norm.epsilon) it must be positive")
      }
    }
  }
}
