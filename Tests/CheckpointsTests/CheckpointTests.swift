import Checkpoints
import Files
import Foundation
import Graphs
import Tensors
import Testing

/// The network of the fixtures.
private func network() -> Graph {
  var builder = GraphBuilder(input: FeatureShape(channels: 1, height: 4, width: 4))
  let conv = builder.convolution(builder.input, "conv", channels: 2, kernel: 3, bias: .present)
  let flat = builder.flatten(builder.relu(conv, "relu"), "flatten")
  _ = builder.linear(flat, "linear", outputs: 3)
  return builder.built
}

struct CheckpointTests {
  private let constants = Normalization(mean: [0.5], deviation: [0.25])

  private func tensors() throws -> [(name: String, tensor: Tensor)] {
    try PyTorchFile.read(fixture("zip.pt"))
  }

  private func checkpoint(
    _ tensors: [(name: String, tensor: Tensor)], normalization: Normalization? = nil
  ) throws -> Checkpoint {
    try Checkpoint(
      tensors: tensors, graph: network(), normalization: normalization, dataset: "digits",
      provenance: ["author": "ä", "licence": "MIT"], path: "memory")
  }

  @Test func whatPythonWroteIsRead() throws {
    let checkpoint = try ModelReader.read(fixture("checkpoint.h5"))
    #expect(checkpoint.architecture == "graph")
    #expect(checkpoint.classes == 3)
    #expect(checkpoint.dataset == "none")
    let provenance = [
      "author": "make_fixtures.py", "epochs": "12", "clean": "0.608", "tags": "a, true, ",
    ]
    #expect(checkpoint.provenance == provenance)
    #expect(checkpoint.normalization == constants)
    #expect(checkpoint.model.inputNormalization == constants)
    #expect(checkpoint.model.graph.nodes.count == 6)
    #expect(checkpoint.sha256.count == 64)
    #expect(Set(checkpoint.model.parameters.keys) == Set(try tensors().map(\.name)))
  }

  @Test func aCheckpointSurvivesWritingAndReading() throws {
    let scratch = try Scratch()
    let path = scratch.path("a.h5")
    let original = try checkpoint(tensors(), normalization: constants)
    try original.write(to: path)
    let read = try ModelReader.read(path)
    #expect(read.model.graph == original.model.graph)
    #expect(read.model.parameters == original.model.parameters)
    #expect(read.provenance == original.provenance)
    #expect(read.dataset == original.dataset)
    #expect(read.normalization == constants)
    try read.write(to: scratch.path("b.h5"))
    #expect(try Digest.sha256(ofFile: scratch.path("b.h5")) == read.sha256)
  }

  @Test func normalisationHappensOnce() throws {
    let once = try checkpoint(tensors(), normalization: constants).model
    let other = Normalization(mean: [0.1], deviation: [2])
    let twice = once.normalizingInput(other)
    #expect(twice.graph.nodes.count == network().nodes.count + 1)
    #expect(twice.inputNormalization == other)
    #expect(twice.graph.nodes[2].inputs == [1])
    #expect(try twice.classes() == 3)
  }

  @Test(arguments: [
    "module.", "model.", "0.", "module.0.", "_orig_mod.", "model._orig_mod.", "backbone.", "ema.",
    "1.module.",
  ])
  func prefixesOfAllKeysAreTakenOff(prefix: String) throws {
    let wrapped = try tensors().map { (name: prefix + $0.name, tensor: $0.tensor) }
    let counter = (name: prefix + "bn.num_batches_tracked", tensor: Tensor(shape: []))
    let averaged = (name: "n_averaged", tensor: Tensor(shape: []))
    let dead = (name: prefix + "sub_block1.layer.0.conv1.weight", tensor: Tensor(shape: [1]))
    let checkpoint = try checkpoint(wrapped + [counter, averaged, dead])
    #expect(checkpoint.model.parameters["conv.weight"]?.shape == [2, 1, 3, 3])
    #expect(checkpoint.notes == ["took “\(prefix)” off the names of all parameters"])
  }

  @Test func aPrefixOfSomeKeysStays() throws {
    var wrapped = try tensors()
    wrapped[0].name = "module." + wrapped[0].name
    let error = try #require(throws: FileError.self) { try checkpoint(wrapped) }
    #expect(error.problem.contains("1 parameter is missing (conv.weight)"))
    #expect(error.problem.contains("1 parameter is left over (module.conv.weight)"))
  }

  @Test func wrongShapesAreNamed() throws {
    var changed = try tensors()
    changed[0].tensor = Tensor(shape: [2, 1, 5, 5])
    let error = try #require(throws: FileError.self) { try checkpoint(changed) }
    #expect(error.kind == .malformed && error.path == "memory" && error.place != nil)
    #expect(throws: FileError.self) {
      changed[0].tensor = Tensor(shape: [2, 3, 3, 3])
      _ = try checkpoint(changed)
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func weightsThatAreNotFiniteAreNamed(value: Float) throws {
    var changed = try tensors()
    changed[1].tensor[1] = value
    let error = try #require(throws: FileError.self) { try checkpoint(changed) }
    #expect(error.place == "conv.bias" && error.problem.contains("element 1"))
  }

  @Test func truncatedCheckpointsAreRefused() throws {
    let scratch = try Scratch()
    let bytes = try FileContents.read(fixture("checkpoint.h5"))
    for length in stride(from: 0, to: bytes.count, by: 61) {
      let path = try scratch.file(Array(bytes.prefix(length)))
      let line = CheckpointProbe.inspect(path)
      #expect(line.hasPrefix("65 ") && !line.contains("\n"), "\(length): \(line)")
    }
  }
}

struct MalformedHeaderTests {
  /// One wrong thing in an otherwise good file, and the place that must be named.
  enum Mistake: CaseIterable {
    case format, version, classes, shape, deviation, lonelyMean, provenance, graph, operation
    case parameters

    var place: String {
      switch self {
      case .format: "format"
      case .version: "format_version"
      case .classes: "num_classes"
      case .shape: "input_shape"
      case .deviation, .lonelyMean: "input_mean"
      case .provenance: "provenance"
      case .graph, .operation: "graph"
      case .parameters: "parameters"
      }
    }
  }

  @Test(arguments: Mistake.allCases)
  func oneMistakeIsNamed(mistake: Mistake) throws {
    let scratch = try Scratch()
    let path = scratch.path("a.h5")
    let writer = try HDF5Writer(creating: path)
    try writer.setAttribute("format", to: mistake == .format ? "keras" : "robeval-checkpoint")
    try writer.setAttribute("format_version", to: mistake == .version ? 2 : 1)
    try writer.setAttribute("architecture", to: "graph")
    try writer.setAttribute("num_classes", to: mistake == .classes ? 0 : 3)
    try writer.setAttribute("input_shape", to: mistake == .shape ? [4, 4] : [1, 4, 4])
    try writer.setAttribute("input_mean", to: [Float(0.5)])
    if mistake != .lonelyMean {
      try writer.setAttribute("input_std", to: [Float(mistake == .deviation ? 0 : 1)])
    }
    try writer.setAttribute("provenance", to: mistake == .provenance ? "[1]" : "{}")
    let nodes =
      mistake == .graph
      ? "{\"nodes\":"
      : "[{\"name\":\"\",\"inputs\":[],\"operation\":{\"\(mistake == .operation ? "eval" : "input")\":{}}}]"
    try writer.write(nodes, to: "graph")
    if mistake != .parameters { try writer.write(Tensor(shape: [1]), to: "parameters/x") }
    try writer.finish()
    let error = try #require(throws: FileError.self) {
      try ModelReader.read(path)
    }
    #expect(error.place == mistake.place)
    #expect(error.kind == .malformed && error.path == path)
  }
}
