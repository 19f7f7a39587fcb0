import Files
import Foundation
import Tensors
import Testing

@testable import Checkpoints

/// Files that PyTorch wrote; see `Fixtures/make_parts.py`.
@Suite struct WeightPartsTests {
  private struct Expected: Decodable {
    var shape: [Int]
    var elements: [Double]
  }

  private func expected<Value: Decodable>(_ name: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(contentsOf: URL(filePath: fixture(name))))
  }

  @Test(arguments: [
    "direction_old", "direction_new", "direction_last", "direction_whole", "spectrum_old",
    "spectrum_new", "mask",
  ])
  func partsBecomeTheWeightsThatPyTorchComputesWith(kind: String) throws {
    let all: [String: [String: Expected]] = try expected("parts.json")
    let wanted = try #require(all[kind])
    var file = WeightFile(tensors: try PyTorchFile.read(fixture("parts_\(kind).pt")))
    let notes = try file.joinParts("x.pt")
    #expect(notes.count == 1 && notes[0].contains("the parts of 4 weights"))
    let found = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0.tensor) })
    #expect(Set(found.keys) == Set(wanted.keys).union(["conv.bias", "up.bias", "fc.bias"]))
    for (name, weight) in wanted {
      let tensor = try #require(found[name])
      #expect(tensor.shape == weight.shape)
      for (own, theirs) in zip(tensor.elements, weight.elements) {
        #expect(abs(Double(own) - theirs) <= 2e-6 * (0.1 + abs(theirs)), "\(name)")
      }
    }
  }

  @Test func partsThatDoNotFitAreRefused() throws {
    var file = WeightFile(tensors: [
      ("fc.weight_v", Tensor(shape: [2, 3])), ("fc.weight_g", Tensor(shape: [5, 1])),
    ])
    let error = try #require(throws: FileError.self) { try file.joinParts("x.pt") }
    #expect(error.description.contains("fc.weight_g 5×1"))
    #expect(error.description.contains("remove_weight_norm"))
  }

  @Test func weightsThatAreWholeStayAsTheyAre() throws {
    let tensors = [("a.weight", Tensor(shape: [2, 3])), ("mean_v", Tensor(shape: [2]))]
    var file = WeightFile(tensors: tensors)
    #expect(try file.joinParts("x.pt").isEmpty)
    #expect(file.tensors.map(\.name) == ["a.weight", "mean_v"])
  }

  @Test(arguments: ["beside.pt", "beside_legacy.pt", "beside_protocol4.pt"])
  func objectsBesideAStateDictArePassedOver(file: String) throws {
    let tensors = try PyTorchFile.read(fixture(file))
    #expect(tensors.map(\.name) == ["weight", "bias"])
    #expect(tensors[0].tensor.elements == [0, 1, 2, 3, 4, 5])
  }

  @Test(arguments: ["scripted.pt", "traced.pt"])
  func theWeightsOfTorchScriptHaveTheirNames(file: String) throws {
    let wanted: [String: Expected] = try expected("scripted.json")
    let tensors = try PyTorchFile.read(fixture(file))
    #expect(Set(tensors.map(\.name)) == Set(wanted.keys))
    for (name, tensor) in tensors {
      #expect(tensor.elements.map(Double.init) == wanted[name]?.elements, "\(name)")
    }
  }

  @Test func parametersAreLeftOutWhenAskedForOnly() throws {
    var file = WeightFile(tensors: [
      ("fc.weight", Tensor(shape: [2, 3])), ("head.weight", Tensor(shape: [4, 3])),
      ("head.bias", Tensor(shape: [4])), ("headless", Tensor(shape: [1])),
    ])
    #expect(
      try file.leaveOut(["head"], path: "x.pt") == ["left out 2 parameters of head, as asked"])
    #expect(file.tensors.map(\.name) == ["fc.weight", "headless"])
    let error = try #require(throws: FileError.self) { try file.leaveOut(["hea"], path: "x.pt") }
    #expect(error.description.contains("none is called hea"))
  }
}
