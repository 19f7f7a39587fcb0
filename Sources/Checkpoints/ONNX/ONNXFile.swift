public import Graphs
import SwiftProtobuf

/// A network read from a file of another program, and what the reader should know about it.
public struct ImportedNetwork: Sendable {
  /// The network; its shapes are checked.
  public var model: Model
  /// What was found or left out, for instance `opset 17` or `removed the final Softmax`.
  public var notes: [String]

  /// Creates an imported network.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - notes: what the reader should know.
  public init(model: Model, notes: [String]) {
    self.model = model
    self.notes = notes
  }
}

/// Reads image classifiers in the ONNX format.
public enum ONNXFile {
  /// The opsets whose operators mean what the importer takes them to mean.
  static let opsets: ClosedRange<Int64> = 7...25

  /// Reads a network.
  ///
  /// Memory is bounded by four times the size of the file and 64 MiB, whatever the file claims.
  ///
  /// - Parameter bytes: the content of the file.
  /// - Returns: the network as a function of one image; a batch axis is dropped.
  /// - Throws: ``ONNXError`` when the file is malformed or uses what the importer does not know.
  public static func model(from bytes: [UInt8]) throws(ONNXError) -> ImportedNetwork {
    try WireCensus.check(bytes)
    var wire = try decoded(bytes)
    guard wire.hasGraph else {
      throw ONNXError(place: "file", problem: "it holds no graph; it is no ONNX model")
    }
    let opset = try opset(of: wire)
    let graph = wire.graph
    // The importer lets go of what it has decoded; nobody else may hold it.
    wire.clearGraph()
    var importer = try GraphImporter(
      graph: graph, opset: opset, budget: MemoryBudget(fileSize: bytes.count))
    let model = try importer.model()
    let producer = [wire.producerName, wire.producerVersion].filter { !$0.isEmpty }
    let origin = producer.isEmpty ? [] : ["written by \(producer.joined(separator: " "))"]
    return ImportedNetwork(model: model, notes: ["opset \(opset)"] + origin + importer.notes)
  }

  private static func decoded(_ bytes: [UInt8]) throws(ONNXError) -> WireModel {
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    do {
      return try WireModel(serializedBytes: bytes, options: options)
    } catch {
      throw ONNXError(place: "file", problem: "it is no protobuf of an ONNX model (\(error))")
    }
  }

  private static func opset(of wire: WireModel) throws(ONNXError) -> Int64 {
    let versions = wire.opsetImport.filter { ["", "ai.onnx"].contains($0.domain) }.map(\.version)
    guard versions.count == 1, let version = versions.first else {
      throw ONNXError(
        place: "opset_import",
        problem: "it names \(versions.count) versions of the ONNX operators; it must name one")
    }
    guard opsets.contains(version) else {
      throw ONNXError(
        place: "opset_import",
        problem: "opset \(version) is not supported; export with one of "
          + "\(opsets.lowerBound)…\(opsets.upperBound)")
    }
    return version
  }
}
