import Checkpoints
import Files
import Foundation
import Graphs
import Tensors
import Testing

/// A file with several sets of weights says which, or nothing is read.
struct WeightChoiceTests {
  private func weights(_ value: Float, prefix: String) throws -> [String: Tensor] {
    let network = try #require(Architecture.named("wrn-10-1"))
    return Dictionary(
      uniqueKeysWithValues: network.parameterShapes.map {
        (prefix + $0.key, Tensor(shape: $0.value, repeating: value))
      })
  }

  private func read(
    _ tensors: [String: Tensor], weights: String? = nil, hdf5: Bool = false
  ) throws -> Checkpoint {
    let scratch = try Scratch()
    if hdf5 {
      let writer = try HDF5Writer(creating: scratch.path("a"))
      for (name, tensor) in tensors { try writer.write(tensor, to: name.replacing(".", with: "/")) }
      try writer.finish()
    } else {
      try SafetensorsFile.write(tensors, to: scratch.path("a"))
    }
    return try ModelReader.read(scratch.path("a"), architecture: "wrn-10-1", weights: weights)
  }

  @Test(
    "two sets under two prefixes are a question, and the answer is kept",
    arguments: [
      ("model.", "ema."), ("module.model.", "module.ema."), ("net.", "ema.module."),
      ("model.", "swa_model."),
    ], [false, true])
  func twoSets(prefixes: (String, String), hdf5: Bool) throws {
    let (online, average) = (
      String(prefixes.0.dropLast()), String(prefixes.1.dropLast())
    )
    let tensors = try weights(0.25, prefix: prefixes.0)
      .merging(weights(0.5, prefix: prefixes.1)) { $1 }
    let error = try #require(throws: FileError.self) { try read(tensors, hdf5: hdf5) }
    #expect(error.place == "weights" && error.exitCode == 65)
    #expect(error.problem.contains(online) && error.problem.contains(average))
    for (word, value, name) in [
      ("model", Float(0.25), online), ("ema", 0.5, average), (average, 0.5, average),
      (online, 0.25, online),
    ] {
      let checkpoint = try read(tensors, weights: word, hdf5: hdf5)
      #expect(checkpoint.model.parameters["fc.bias"]?[0] == value)
      #expect(checkpoint.provenance["weights"] == name)
      #expect(checkpoint.notes.contains { $0.hasPrefix("took the weights \(name), one of") })
    }
    let unknown = try #require(throws: FileError.self) {
      try read(tensors, weights: "emma", hdf5: hdf5)
    }
    #expect(unknown.problem.contains("“emma”") && unknown.problem.contains(average))
  }

  @Test func aSetWithoutAPrefixBesideOneThatHasIt() throws {
    let tensors = try weights(0.25, prefix: "").merging(weights(0.5, prefix: "ema.")) { $1 }
    #expect(throws: FileError.self) { try read(tensors) }
    #expect(try read(tensors, weights: "model").model.parameters["fc.bias"]?[0] == 0.25)
    #expect(try read(tensors, weights: "ema").model.parameters["fc.bias"]?[0] == 0.5)
  }

  @Test func aSetThatIsThereTwiceIsNoQuestion() throws {
    // As MadryLab/robustness saves its wrapper of a network and an attacker of the same network.
    var tensors = try weights(0.25, prefix: "module.model.")
      .merging(weights(0.25, prefix: "module.attacker.model.")) { $1 }
    for name in ["module.normalizer.new_", "module.attacker.normalize.new_"] {
      tensors[name + "mean"] = Tensor(shape: [3, 1, 1], repeating: 0.5)
      tensors[name + "std"] = Tensor(shape: [3, 1, 1], repeating: 0.25)
    }
    let checkpoint = try read(tensors)
    #expect(checkpoint.provenance["weights"] == nil)
    #expect(checkpoint.model.inputNormalization?.mean == [0.5, 0.5, 0.5])
  }

  @Test func aPartOfOtherShapeIsChosenByItsName() throws {
    var tensors = try weights(0.25, prefix: "student.")
    tensors["teacher.fc.weight"] = Tensor(shape: [10, 3], repeating: 1)
    let error = try #require(throws: FileError.self) { try read(tensors) }
    #expect(error.problem.contains("--weights student"))
    #expect(try read(tensors, weights: "student").provenance["weights"] == "student")
  }

  @Test(arguments: ["ema", "other"])
  func aSetThatIsNotThereIsRefused(word: String) throws {
    let tensors = try weights(0.25, prefix: "model.")
    let error = try #require(throws: FileError.self) { try read(tensors, weights: word) }
    #expect(error.problem.contains("one set of weights"))
    #expect(try read(tensors, weights: "model").provenance["weights"] == nil)
  }

  @Test(
    "dictionaries beside each other in a file of torch.save are sets",
    arguments: [
      ("state_dict", "state_dict", Float(1)), ("ema", "state_dict_ema", 2),
      ("best.net", "best.net", 3),
    ])
  func dictionaries(word: String, name: String, value: Float) throws {
    let path = try fixture("several.pt")
    let error = try #require(throws: FileError.self) { try PyTorchFile.read(path) }
    #expect(error.place == "weights")
    #expect(error.problem.contains("(state_dict, state_dict_ema, best.net)"))
    // Two of them are no averages.
    #expect(throws: FileError.self) { try ModelReader.read(path, weights: "model") }
    let checkpoint = try ModelReader.read(path, weights: word)
    #expect(checkpoint.model.parameters["fc.bias"]?[0] == value)
    #expect(checkpoint.provenance["weights"] == name)
  }
}
