import Checkpoints
import Files
import Foundation
import Graphs
import Tensors
import Testing

struct ModelReaderTests {
  private func weights(
    _ name: String, classes: Int? = nil, prefix: String = ""
  ) throws -> [String: Tensor] {
    let network = try #require(Architecture.named(name, classes: classes))
    return Dictionary(
      uniqueKeysWithValues: network.parameterShapes.map {
        (prefix + $0.key, Tensor(shape: $0.value, repeating: 0.5))
      })
  }

  private func read(_ tensors: [String: Tensor], arch: String? = nil) throws -> Checkpoint {
    let scratch = try Scratch()
    try SafetensorsFile.write(tensors, to: scratch.path("a"))
    return try ModelReader.read(
      scratch.path("a"), architecture: arch)
  }

  @Test(arguments: [
    ("wrn-16-2", 10), ("wrn-16-1", 100), ("wrn-22-3", 7), ("dm-wrn-16-1-silu-c10", 10),
    ("dm-wrn-16-1-silu-c100", 100), ("resnet8", 100), ("resnet14", 10), ("resnet8x4", 100),
    ("vgg8_bn", 100), ("mobilenetv2-half", 100), ("shufflev1", 100), ("shufflev2", 10),
    ("mnist-smallcnn", 10), ("cifar-cnn-a", 10), ("resnet4b", 10),
  ])
  func networksAreGuessedFromNamesAndShapes(name: String, classes: Int) throws {
    let checkpoint = try read(weights(name, classes: classes, prefix: "module."))
    #expect(checkpoint.architecture == name)
    #expect(checkpoint.classes == classes)
    #expect(checkpoint.provenance["notes"]?.contains("took the network for \(name) by") == true)
  }

  @Test func equalParametersOfDifferentNetworksAreAmbiguous() throws {
    let tensors = try weights("bss-resnet14")
    let error = try #require(throws: FileError.self) { try read(tensors) }
    #expect(error.problem.contains("resnet14-A and bss-resnet14"))
    #expect(try read(tensors, arch: "bss-resnet14").architecture == "bss-resnet14")
  }

  @Test func aMissingParameterOrAnotherShapeIsNoGuess() throws {
    var tensors = try weights("resnet8")
    tensors["layer1.0.bn2.bias"] = nil
    #expect(throws: FileError.self) { try read(tensors) }
    tensors["layer1.0.bn2.bias"] = Tensor(shape: [17])
    let error = try #require(throws: FileError.self) { try read(tensors) }
    #expect(error.problem.contains("no known network has exactly its"))
  }

  @Test(arguments: ["normalize.", "0.", ""])
  func aWrappersConstantsAreUsed(prefix: String) throws {
    var tensors = try weights("resnet8", prefix: prefix == "0." ? "1." : "model.")
    tensors[prefix + "mean"] = Tensor(shape: [1, 3, 1, 1], elements: [0.1, 0.2, 0.3])
    tensors[prefix + "std"] = Tensor(shape: [1, 3, 1, 1], elements: [0.4, 0.5, 0.6])
    let checkpoint = try read(tensors)
    let constants = Normalization(mean: [0.1, 0.2, 0.3], deviation: [0.4, 0.5, 0.6])
    #expect(checkpoint.normalization == constants)
    #expect(checkpoint.model.inputNormalization == constants)
  }

  @Test(arguments: [
    ("normalizer.new_mean", "normalizer.new_std"), ("0._mean", "0._std"), ("means", "sds"),
  ])
  func wrappersCallTheirConstantsOtherwise(mean: String, deviation: String) throws {
    var tensors = try weights("resnet8", prefix: "model.")
    tensors[mean] = Tensor(shape: [1], repeating: 0.25)
    tensors[deviation] = Tensor(shape: [1], repeating: 0.5)
    let constants = Normalization(
      mean: [0.25, 0.25, 0.25], deviation: [0.5, 0.5, 0.5])
    #expect(try read(tensors).model.inputNormalization == constants)
  }

  @Test func unknownArchitecturesAreRefusedWithASuggestion() throws {
    let tensors = try weights("resnet8")
    let error = try #require(throws: FileError.self) { try read(tensors, arch: "resnett8") }
    #expect(error.problem.contains("did you mean"))
  }

  @Test func aNetworkSurvivesSafetensors() throws {
    let scratch = try Scratch()
    let original = try ModelReader.read(fixture("checkpoint.h5"))
    try original.writeSafetensors(to: scratch.path("a"))
    let read = try ModelReader.read(
      scratch.path("a"), architecture: nil)
    #expect(read.model.graph == original.model.graph)
    #expect(read.model.parameters == original.model.parameters)
    #expect(read.normalization == original.normalization)
    #expect(read.dataset == original.dataset)
  }

  @Test func hdf5WithoutAnArchitectureIsGuessed() throws {
    let scratch = try Scratch()
    let writer = try HDF5Writer(creating: scratch.path("a.h5"))
    for (name, tensor) in try weights("resnet8") {
      let place = name.split(separator: ".").joined(separator: "/")
      try writer.write(tensor, to: "parameters/" + place)
    }
    try writer.finish()
    let read = try ModelReader.read(
      scratch.path("a.h5"), architecture: nil)
    #expect(read.architecture == "resnet8")
  }
}
