import Checkpoints
import Files
import Foundation
import Graphs
import Tensors
import Testing

/// A file that names a network must hold that network and no other.
struct NamedNetworkTests {
  /// The formats that hold weights without a graph.
  enum Format: CaseIterable {
    case safetensors, hdf5, hdf5AtTheRoot
  }

  private func weights(_ name: String, classes: Int? = nil) throws -> [String: Tensor] {
    let network = try #require(Architecture.named(name, classes: classes))
    return network.parameterShapes.mapValues { Tensor(shape: $0, repeating: 0.5) }
  }

  private func read(
    _ tensors: [String: Tensor], _ format: Format, named architecture: String?
  ) throws -> Checkpoint {
    let scratch = try Scratch()
    let path = scratch.path("a")
    switch format {
    case .safetensors: try SafetensorsFile.write(tensors, to: path)
    case .hdf5, .hdf5AtTheRoot:
      let writer = try HDF5Writer(creating: path)
      for (name, tensor) in tensors {
        try writer.write(tensor, to: (format == .hdf5 ? "parameters/" : "") + name)
      }
      try writer.finish()
    }
    return try ModelReader.read(path, architecture: architecture)
  }

  @Test("a kernel of another size is refused with both shapes", arguments: Format.allCases)
  func kernels(format: Format) throws {
    // Weights are 16×3×3×3 by Zagoruyko & Komodakis, and 64×3×7×7 by He et al.
    for (name, shape, expected) in [
      ("wrn-10-1", [16, 3, 5, 5], "16×3×3×3"), ("wrn-10-1", [16, 3, 1, 1], "16×3×3×3"),
      ("tv-resnet18", [64, 3, 3, 3], "64×3×7×7"), ("resnet4b", [16, 3, 7, 7], "16×3×3×3"),
    ] {
      var tensors = try weights(name)
      tensors["conv1.weight"] = Tensor(shape: shape, repeating: 0.5)
      let error = try #require(throws: FileError.self) {
        try read(tensors, format, named: name)
      }
      #expect(error.place == "conv1.weight" && error.exitCode == 65)
      #expect(error.problem.hasPrefix("is \(shape.crossed); \(name) has \(expected); "))
    }
  }

  @Test("another width is refused, and the right one named", arguments: Format.allCases)
  func widths(format: Format) throws {
    let error = try #require(throws: FileError.self) {
      try read(try weights("wrn-10-4"), format, named: "wrn-10-2")
    }
    #expect(error.problem.contains("are those of wrn-10-4"))
  }

  @Test(
    "statistics and biases belong to the shapes",
    arguments: ["bn1.running_var", "block1.layer.0.bn2.bias", "fc.weight"])
  func vectors(name: String) throws {
    var tensors = try weights("wrn-10-2")
    tensors[name] = Tensor(shape: [7], repeating: 0.5)
    let error = try #require(throws: FileError.self) {
      try read(tensors, .safetensors, named: "wrn-10-2")
    }
    #expect(error.place == name)
  }

  @Test func aBiasTooManyOrTooFewIsNamed() throws {
    var tensors = try weights("wrn-10-2")
    tensors["conv1.bias"] = Tensor(shape: [16])
    let error = try #require(throws: FileError.self) {
      try read(tensors, .safetensors, named: "wrn-10-2")
    }
    #expect(error.problem.hasPrefix("1 parameter is left over (conv1.bias)"))
    tensors = try weights("vgg8")
    tensors["block0.0.bias"] = nil
    let second = try #require(throws: FileError.self) {
      try read(tensors, .safetensors, named: "vgg8")
    }
    #expect(second.problem.hasPrefix("1 parameter is missing (block0.0.bias)"))
  }

  @Test("the number of classes is the file's", arguments: Format.allCases)
  func classes(format: Format) throws {
    for architecture in ["wrn-10-2", nil] {
      let checkpoint = try read(
        try weights("wrn-10-2", classes: 7), format, named: architecture)
      #expect(checkpoint.classes == 7 && checkpoint.architecture == "wrn-10-2")
    }
  }

  @Test func aNameThatIsNotTheGraphsIsRefused() throws {
    let scratch = try Scratch()
    let network = try #require(Architecture.named("resnet14-A"))
    var checkpoint = try Checkpoint(
      tensors: try weights("resnet14-A").map { (name: $0.key, tensor: $0.value) },
      graph: network.graph, architecture: "bss-resnet14", path: "memory")
    for file in ["a.h5", "a.safetensors"] {
      let path = scratch.path(file)
      if file == "a.h5" {
        try checkpoint.write(to: path)
      } else {
        try checkpoint.writeSafetensors(to: path)
      }
      let error = try #require(throws: FileError.self) { try ModelReader.read(path) }
      #expect(error.place == "architecture" && error.problem.contains("bss-resnet14"))
      // Whoever names it decides, and the notes say what it replaced.
      #expect(try ModelReader.read(path, architecture: "resnet14-A").classes == 10)
    }
    checkpoint.architecture = "resnet14-A"
    try checkpoint.write(to: scratch.path("b.h5"))
    #expect(try ModelReader.read(scratch.path("b.h5")).notes.isEmpty)
    let renamed = try ModelReader.read(scratch.path("b.h5"), architecture: "bss-resnet14")
    #expect(renamed.notes.contains { $0.hasPrefix("bss-resnet14, as given, replaces") })
  }

  @Test func aGraphUnderAnotherNameOfTheRegistryIsComparedByShape() throws {
    let scratch = try Scratch()
    let network = try #require(Architecture.named("wrn-10-2"))
    try Checkpoint(
      tensors: try weights("wrn-10-4").map { (name: $0.key, tensor: $0.value) },
      graph: network.graph, architecture: "wrn-10-2", path: "memory"
    ).write(to: scratch.path("a.h5"))
    let error = try #require(throws: FileError.self) { try ModelReader.read(scratch.path("a.h5")) }
    #expect(error.problem.contains("are those of wrn-10-4"))
  }

  @Test("images of the file's own shape are a family's choice", arguments: ["resnet8", "vgg8"])
  func imagesOfTheFile(name: String) throws {
    let scratch = try Scratch()
    let input = FeatureShape(channels: 1, height: 28, width: 28)
    let network = try #require(Architecture.named(name, classes: 10, input: input))
    try Checkpoint(
      tensors: network.parameterShapes.map {
        (name: $0.key, tensor: Tensor(shape: $0.value, repeating: 0.5))
      }, graph: network.graph, architecture: name, path: "memory"
    ).write(to: scratch.path("a.h5"))
    #expect(try ModelReader.read(scratch.path("a.h5")).model.graph.input == input)
    let named = try ModelReader.read(scratch.path("a.h5"), architecture: name)
    #expect(named.model.graph == network.graph)
  }

  @Test func twoTensorsOfOneNameAreRefused() throws {
    let scratch = try Scratch()
    let writer = try HDF5Writer(creating: scratch.path("a.h5"))
    for (name, tensor) in try weights("resnet8") {
      try writer.write(tensor, to: "parameters/\(name)")
    }
    try writer.write(Tensor(shape: [16]), to: "parameters/bn1/bias")
    try writer.finish()
    let error = try #require(throws: FileError.self) {
      try ModelReader.read(scratch.path("a.h5"), architecture: "resnet8")
    }
    #expect(error.place == "bn1.bias" && error.problem.contains("two tensors"))
  }
}
