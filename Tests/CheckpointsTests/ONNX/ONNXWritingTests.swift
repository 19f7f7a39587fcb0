import Checkpoints
import Files
import Graphs
import Tensors
import TestSupport
import Testing

/// The importer is compared with ONNX's own evaluator elsewhere; here it judges the exporter.
@Suite("ONNX files that are written")
struct ONNXWritingTests {
  private func expectEqualLogits(_ model: Model, _ other: Model, _ random: RandomStream) throws {
    var random = random
    let pixels = (0..<model.graph.input.count).map { _ in Double(random.uniform()) }
    let logits = try ReferenceNetwork(model).logits(pixels)
    let others = try ReferenceNetwork(other).logits(pixels)
    #expect(logits.count == others.count)
    for (own, theirs) in zip(logits, others) {
      #expect(abs(own - theirs) <= 1e-5 * (1 + abs(own)), "\(own) \(theirs)")
    }
  }

  @Test("every operation means the same after writing and reading", arguments: OperationCase.all)
  func operations(_ example: OperationCase) throws {
    let scratch = try Scratch()
    try ONNXFile.write(example.model, to: scratch.path("a.onnx"))
    let read = try ONNXFile.read(scratch.path("a.onnx"))
    #expect(read.model.graph.input == example.model.graph.input)
    #expect(read.notes.contains("opset 17"))
    try expectEqualLogits(example.model, read.model, RandomStream(seed: 3))
  }

  @Test(
    "whole networks keep their parameters' names, and written twice are the same bytes",
    arguments: ["resnet8", "bss-resnet8", "dm-wrn-10-1-silu-c10", "mnist-smallcnn"])
  func networks(name: String) throws {
    let scratch = try Scratch()
    let architecture = try #require(Architecture.named(name))
    var random = RandomStream(seed: 11)
    let parameters = Dictionary(
      uniqueKeysWithValues: architecture.parameterOrder.map { parameter in
        let shape = architecture.parameterShapes[parameter] ?? []
        let elements = (0..<shape.reduce(1, *)).map { _ in 0.02 + 0.1 * random.uniform() }
        return (parameter, Tensor(shape: shape, elements: elements))
      })
    let model = Model(graph: architecture.graph, parameters: parameters)
    try ONNXFile.write(model, to: scratch.path("a.onnx"))
    try ONNXFile.write(model, to: scratch.path("b.onnx"))
    #expect(
      try FileContents.read(scratch.path("a.onnx")) == FileContents.read(scratch.path("b.onnx")))
    let checkpoint = try ModelReader.read(
      scratch.path("a.onnx"), architecture: nil, normalization: nil, dataset: nil)
    #expect(checkpoint.model.parameters == parameters)
    #expect(checkpoint.normalization == model.inputNormalization)
    try expectEqualLogits(model, checkpoint.model, random)
  }
}
