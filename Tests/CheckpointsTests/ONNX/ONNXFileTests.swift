import Checkpoints
import Files
import Foundation
import Graphs
import Tensors
import TestSupport
import Testing

@Suite("ONNX files")
struct ONNXFileTests {
  @Test(
    "imported networks compute what ONNX's own evaluator computes", arguments: ONNXFixture.names)
  func logitsAgree(name: String) throws {
    let fixture = try ONNXFixture(name)
    let network = try ReferenceNetwork(try ONNXFile.model(from: fixture.bytes).model)
    for (image, expected) in zip(fixture.images, fixture.logits) {
      let logits = network.logits(image)
      #expect(logits.count == expected.count)
      for (own, theirs) in zip(logits, expected) {
        #expect(abs(own - theirs) <= 5e-6 * (1 + abs(theirs)))
      }
    }
  }

  private func operations(_ name: String) throws -> [Graphs.Operation] {
    let fixture = try ONNXFixture(name)
    return try ONNXFile.model(from: fixture.bytes).model.graph.nodes.map(\.operation)
  }

  @Test("a subtraction and a division are one normalisation with the file's constants")
  func normalization() throws {
    let operations = try operations("plain")
    #expect(
      operations[1]
        == .normalize(Normalization(mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.25, 0.3])))
    #expect(operations.map(\.name).filter { $0 == "normalize" }.count == 1)
  }

  @Test("a network without tricks keeps its layers and its parameters' names")
  func namesAreKept() throws {
    let imported = try ONNXFile.model(from: try ONNXFixture("plain").bytes)
    let names = imported.model.graph.nodes.map(\.operation.name)
    #expect(
      names == [
        "input", "normalize", "convolution", "relu", "maxPool", "averagePool", "averagePool",
        "flatten", "linear", "relu", "linear",
      ])
    let parameters = Set(imported.model.parameters.keys)
    #expect(parameters.isSuperset(of: ["conv1.weight", "conv1.bias", "fc1.weight", "fc1.bias"]))
    #expect(parameters.count == 6)
    #expect(imported.notes == ["opset 13", "written by make_onnx_fixtures 1"])
  }

  @Test("a residual network is read without leftovers")
  func residual() throws {
    let names = try operations("residual").map(\.name)
    #expect(
      names.sorted()
        == [
          "add", "batchNormalization", "batchNormalization", "batchNormalization", "convolution",
          "convolution", "convolution", "globalAveragePool", "input", "linear", "normalize",
          "normalize", "relu", "relu",
        ])
  }

  @Test("x · σ(x) is recognised both ways round, and summands become biases")
  func silu() throws {
    let operations = try operations("silu")
    #expect(operations.filter { $0 == .silu }.count == 2)
    guard case .convolution(let convolution) = operations[1] else {
      Issue.record("the first layer is \(operations[1])")
      return
    }
    #expect(convolution.bias != nil)
    #expect(operations.last == .linear(Linear(weight: "fc.weight", bias: "fc.bias")))
  }

  @Test("x · (1 + erf(x/√2)) / 2 is a GELU in whatever order, and leaves nothing behind")
  func gelu() throws {
    let operations = try operations("functions")
    #expect(operations.filter { $0 == .elementwise(.gelu) }.count == 3)
    #expect(operations.filter { $0.name == "elementwise" }.count == 14)
    #expect(!operations.contains(.multiply))
  }

  @Test("A gate is a product, and a Sigmoid that is read twice is computed once")
  func gates() throws {
    let operations = try operations("gates")
    #expect(operations.filter { $0 == .multiply }.count == 5)
    #expect(operations.filter { $0 == .elementwise(.sigmoid) }.count == 3)
  }

  @Test("Channels that stand last are normalised and multiplied where they are")
  func positions() throws {
    let operations = try operations("positions")
    #expect(operations.filter { $0.name == "layerNormalization" }.count == 2)
    #expect(operations.filter { $0.name == "linear" }.count == 3)
    #expect(operations.filter { $0.name == "meanSparse" }.count == 2)
    #expect(!operations.contains { $0.name == "channelShuffle" || $0 == .flatten })
  }

  @Test("A layer norm put together from its parts is one, with the scale and shift behind it")
  func layerNorms() throws {
    let operations = try operations("ceiling")
    #expect(operations.filter { $0.name == "layerNormalization" }.count == 2)
    #expect(!operations.contains { $0.name == "channelAffine" })
    #expect(try self.operations("opset13").filter { $0.name == "layerNormalization" }.count == 1)
  }

  @Test("Attention is recognised however it was exported, and of one map where there is one")
  func attention() throws {
    for name in ["vit", "fused"] {
      let operations = try operations(name)
      let attentions = operations.compactMap { operation in
        if case .attention(let attention) = operation { attention } else { nil }
      }
      #expect(attentions.count == 1)
      #expect(attentions.first?.heads == 2)
      #expect(abs((attentions.first?.scale ?? 0) - (name == "vit" ? 0.5 : 0.49)) < 1e-6)
      #expect((attentions.first?.bias != nil) == (name == "fused"))
      #expect(!operations.contains { $0.name == "channelSlice" || $0.name == "channelAffine" })
    }
    #expect(try self.operations("windows").filter { $0.name == "attention" }.count == 1)
  }

  @Test("reshaping, transposing and reshaping back is a channel shuffle")
  func shuffle() throws {
    let operations = try operations("shuffle")
    #expect(operations.contains(.channelShuffle(groups: 2)))
    #expect(operations.contains(.channelSlice(0..<3)))
    #expect(operations.contains(.channelSlice(1..<7)))
  }

  @Test("a shortcut without parameters is a strided average and a padding")
  func shortcut() throws {
    let operations = try operations("shortcut_a")
    #expect(operations.contains(.averagePool(Pooling(kernel: Size(1), stride: Size(2)))))
    #expect(operations.contains(.pad(ConstantPadding(channelsBefore: 2, channelsAfter: 2))))
  }

  @Test("zeros around a convolution's input become its padding")
  func paddingIsTakenOver() throws {
    let operations = try operations("auto_pad")
    #expect(!operations.map(\.name).contains("pad"))
    let paddings = operations.compactMap { operation in
      if case .convolution(let convolution) = operation { convolution.padding } else { nil }
    }
    #expect(
      paddings == [
        Padding(top: 0, left: 0, bottom: 1, right: 1),
        Padding(top: 1, left: 1, bottom: 0, right: 0),
        Padding(top: 0, left: 1, bottom: 1, right: 2),
      ])
  }

  @Test("a final Softmax is removed and reported")
  func softmax() throws {
    let imported = try ONNXFile.model(from: try ONNXFixture("softmax_head").bytes)
    #expect(
      imported.notes.contains("removed the final Softmax, so that the outputs are logits"))
    #expect(imported.model.graph.nodes.last?.operation.name == "linear")
  }

  @Test("a file is read by its path, and errors name it")
  func paths() throws {
    let url = try #require(
      Bundle.module.url(
        forResource: "plain", withExtension: "onnx", subdirectory: "Fixtures/ONNX"))
    #expect(try ONNXFile.read(url.path).model.classes() == 4)
    let script = url.deletingLastPathComponent().appending(path: "make_onnx_fixtures.py").path
    let malformed = try #require(throws: FileError.self) { try ONNXFile.read(script) }
    #expect(malformed.path == script && malformed.kind == .malformed)
    let missing = try #require(throws: FileError.self) { try ONNXFile.read("/no/such.onnx") }
    #expect(missing.kind == .missing)
  }
}
