import Checkpoints
import Testing

/// A model that must be refused, and a part of the sentence that says why.
struct Refusal: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var sentence: String
  private var write: @Sendable (inout ONNXWriter) -> Void

  init(
    _ description: String, says sentence: String,
    _ write: @escaping @Sendable (inout ONNXWriter) -> Void
  ) {
    testDescription = description
    self.sentence = sentence
    self.write = write
  }

  var bytes: [UInt8] {
    var writer = ONNXWriter()
    write(&writer)
    return writer.bytes
  }
}

@Suite("ONNX files that are refused")
struct ONNXRefusalTests {
  private func message(_ bytes: [UInt8]) throws -> String {
    let error = try #require(throws: ONNXError.self) { try ONNXFile.model(from: bytes) }
    return error.description
  }

  @Test(
    "an unknown operator is named, with its node",
    arguments: [
      "Resize", "LSTM", "If", "Loop", "InstanceNormalization", "ConvTranspose", "Hardmax",
      "QuantizeLinear", "Einsum", "Exp",
    ])
  func operatorsNameThemselves(operation: String) throws {
    var writer = ONNXWriter()
    writer.node(operation, ["image"], ["logits"])
    #expect(
      try message(writer.bytes)
        == "node \"the \(operation)\" (\(operation)): the operator, of opset 17, is not supported")
  }

  @Test("the reason is in the sentence", arguments: Self.structure + Self.attributes + Self.tensors)
  func reasons(refusal: Refusal) throws {
    let sentence = try message(refusal.bytes)
    #expect(sentence.contains(refusal.sentence), "\(sentence)")
  }

  static let structure = [
    Refusal("another domain", says: "belongs to \"com.microsoft\"") {
      $0.node("Relu", ["image"], ["logits"], domain: "com.microsoft")
    },
    Refusal("an old opset", says: "opset 6 is not supported") { $0.opset = 6 },
    Refusal("a future opset", says: "opset 99 is not supported") { $0.opset = 99 },
    Refusal("two images", says: "it has 2 inputs") { $0.inputs = ["image", "other"] },
    Refusal("a free height", says: "only the batch may be free") { $0.input = [1, 3, 0, 8] },
    Refusal("an absurd image", says: "larger than 2²⁸") { $0.input = [1, 60000, 60000, 60000] },
    Refusal("a negative extent", says: "only the batch may be free") { $0.input = [1, -3, 8, 8] },
    Refusal("no node gives the output", says: "no node computes it") { _ in },
    Refusal("a missing input", says: "\"ghost\", which no node before it gives") {
      $0.node("Relu", ["ghost"], ["logits"])
    },
    Refusal("a cycle", says: "\"second\", which no node before it gives") {
      $0.node("Add", ["image", "second"], ["first"])
      $0.node("Relu", ["first"], ["second"])
      $0.output = "second"
    },
    Refusal("a name given twice", says: "\"x\" is the name of something else") {
      $0.node("Relu", ["image"], ["x"])
      $0.node("Relu", ["x"], ["x"])
    },
    Refusal("a name of the image given again", says: "\"image\" is the name of something else") {
      $0.node("Relu", ["image"], ["image"])
    },
    Refusal("an initializer given twice", says: "its name is given twice") {
      $0.initializer(ONNXWriter.tensor("w", [1]))
      $0.initializer(ONNXWriter.tensor("w", [1]))
    },
    Refusal("a Softmax inside", says: "as the last node only") {
      $0.node("Flatten", ["image"], ["flat"])
      $0.node("Softmax", ["flat"], ["soft"])
      $0.node("Relu", ["soft"], ["logits"])
    },
    Refusal("an Erf that is no GELU", says: "(1 + Erf(x/√2)) / 2 only") {
      $0.node("Erf", ["image"], ["logits"])
    },
    Refusal("a quotient of activations", says: "only sums, differences and products") {
      $0.node("Relu", ["image"], ["x"])
      $0.node("Div", ["x", "image"], ["logits"])
    },
    Refusal("a gate that is no value a channel", says: "it multiplies 3×8×8 and 1×8×8") {
      $0.initializer(ONNXWriter.tensor("w", [1, 3, 1, 1]))
      $0.node("Conv", ["image", "w"], ["gate"])
      $0.node("Mul", ["image", "gate"], ["logits"])
    },
    Refusal("a GELU of its own kind", says: "none and tanh are known") {
      $0.node("Gelu", ["image"], ["logits"], [("approximate", .text("sinh"))])
    },
    Refusal("bounds in the wrong order", says: "not finite or not in order") {
      $0.node("Clip", ["image"], ["logits"], [("min", .float(2)), ("max", .float(1))])
    },
  ]

  static let attributes = [
    Refusal("dilation", says: "only 1 is supported") {
      $0.initializer(ONNXWriter.tensor("w", [2, 3, 3, 3]))
      $0.node("Conv", ["image", "w"], ["logits"], [("dilations", .integers([2, 2]))])
    },
    Refusal("a group that does not divide", says: "do not fall into 7 groups") {
      $0.initializer(ONNXWriter.tensor("w", [2, 3, 3, 3]))
      $0.node("Conv", ["image", "w"], ["logits"], [("group", .integer(7))])
    },
    Refusal("no groups", says: "it has 0 groups") {
      $0.initializer(ONNXWriter.tensor("w", [2, 3, 3, 3]))
      $0.node("Conv", ["image", "w"], ["logits"], [("group", .integer(0))])
    },
    Refusal("an absurd stride", says: "numbers from 0 to 4096") {
      $0.initializer(ONNXWriter.tensor("w", [2, 3, 3, 3]))
      $0.node(
        "Conv", ["image", "w"], ["logits"], [("strides", .integers([Int.max, Int.min]))])
    },
    Refusal("stride 0", says: "a stride or kernel is 0") {
      $0.node(
        "MaxPool", ["image"], ["logits"],
        [("kernel_shape", .integers([2, 2])), ("strides", .integers([0, 1]))])
    },
    Refusal("an attribute of another type", says: "the attribute strides has type 2") {
      $0.initializer(ONNXWriter.tensor("w", [2, 3, 3, 3]))
      $0.node("Conv", ["image", "w"], ["logits"], [("strides", .integer(1))])
    },
    Refusal("an attribute twice", says: "the attribute \"axis\" twice") {
      $0.node("Flatten", ["image"], ["logits"], [("axis", .integer(1)), ("axis", .integer(2))])
    },
    Refusal("an average over the edge that counts padding", says: "ceil_mode") {
      $0.node(
        "AveragePool", ["image"], ["logits"],
        [
          ("kernel_shape", .integers([3, 3])), ("strides", .integers([2, 2])),
          ("ceil_mode", .integer(1)), ("count_include_pad", .integer(1)),
        ])
    },
    Refusal("a torus", says: "the mode \"wrap\"") {
      $0.initializer(ONNXWriter.integers("p", [0, 0, 1, 1, 0, 0, 1, 1]))
      $0.node("Pad", ["image", "p"], ["logits"], [("mode", .text("wrap"))])
    },
    Refusal("cropping by a negative padding", says: "numbers from 0 to 4096") {
      $0.initializer(ONNXWriter.integers("p", [0, 0, -1, 0, 0, 0, 0, 0]))
      $0.node("Pad", ["image", "p"], ["logits"])
    },
    Refusal("a reshape that mixes images", says: "its first axis is not the batch of images") {
      $0.initializer(ONNXWriter.integers("shape", [3, 64]))
      $0.node("Reshape", ["image", "shape"], ["logits"])
    },
    Refusal("a reshape to another size", says: "it reshapes 1×3×8×8") {
      $0.initializer(ONNXWriter.integers("shape", [1, 193]))
      $0.node("Reshape", ["image", "shape"], ["logits"])
    },
    Refusal("an overflowing reshape", says: "which is no shape") {
      $0.initializer(ONNXWriter.integers("shape", [1, Int.max, Int.max]))
      $0.node("Reshape", ["image", "shape"], ["logits"])
    },
    Refusal("batch normalisation in training", says: "training mode") {
      $0.node("BatchNormalization", ["image"], ["logits"], [("training_mode", .integer(1))])
    },
    Refusal("an integer division by zero", says: "overflow") {
      $0.initializer(ONNXWriter.integers("a", [1]))
      $0.initializer(ONNXWriter.integers("b", [0]))
      $0.node("Div", ["a", "b"], ["c"])
    },
  ]

  static let tensors = [
    Refusal("fewer values than claimed", says: "need 81 values; the file holds 80") {
      $0.initializer(ONNXWriter.tensor("w", [3, 3, 3, 3], values: 80))
      $0.node("Conv", ["image", "w"], ["logits"])
    },
    Refusal("a claim of 2⁶⁰ values", says: "the file holds 1 values") {
      $0.initializer(ONNXWriter.tensor("w", [1 << 20, 1 << 20, 1 << 20], values: 1))
      $0.node("Add", ["image", "w"], ["logits"])
    },
    Refusal("extents that overflow", says: "make no tensor") {
      $0.initializer(ONNXWriter.tensor("w", [1 << 40, 1 << 40, 0], values: 0))
      $0.node("Add", ["image", "w"], ["logits"])
    },
    Refusal("a negative extent", says: "make no tensor") {
      $0.initializer(ONNXWriter.tensor("w", [-1, -1], values: 1))
      $0.node("Add", ["image", "w"], ["logits"])
    },
    Refusal("an unknown element type", says: "element type 16 is not supported") {
      $0.initializer(ONNXWriter.tensor("w", [1], type: 16))
      $0.node("Add", ["image", "w"], ["logits"])
    },
    Refusal("data elsewhere", says: "in another file") {
      $0.initializer(
        ONNXWriter.tensor("w", [1])
          + ProtobufWriter.message { $0.field(14, 1) })
      $0.node("Add", ["image", "w"], ["logits"])
    },
    Refusal("a huge constant from a small file", says: "more than a file of this size") {
      $0.initializer(ONNXWriter.integers("shape", [1 << 30]))
      $0.node("ConstantOfShape", ["shape"], ["c"])
    },
    Refusal("a kernel for other channels", says: "the graph needs 2×3×3×3") {
      $0.initializer(ONNXWriter.tensor("w", [2, 4, 3, 3]))
      $0.node("Conv", ["image", "w"], ["logits"])
    },
    Refusal("a matrix for another vector", says: "takes 7 inputs, but its input has 192") {
      $0.initializer(ONNXWriter.tensor("w", [7, 2]))
      $0.node("Flatten", ["image"], ["flat"])
      $0.node("MatMul", ["flat", "w"], ["logits"])
    },
    Refusal("a parameter that is not finite", says: "not finite") {
      var tensor = ProtobufWriter()
      for extent in [1, 3, 1, 1] { tensor.field(1, extent) }
      tensor.field(2, 1)
      tensor.field(8, "conv.weight")
      for value in [Float.nan, 1, 2] { tensor.field(4, value) }
      $0.initializer(tensor.bytes)
      $0.node("Conv", ["image", "conv.weight"], ["logits"])
    },
  ]

  @Test("many copies of one matrix end at the budget")
  func copiesAreBounded() throws {
    var writer = ONNXWriter()
    writer.initializer(ONNXWriter.tensor("w", [192, 192]))
    writer.node("Flatten", ["image"], ["x0"])
    for layer in 0..<600 {
      writer.node(
        "Gemm", ["x\(layer)", "w"], ["x\(layer + 1)"], [("alpha", .float(Float(layer + 2)))])
    }
    #expect(try message(writer.bytes).contains("more than a file of this size"))
  }

  @Test("a file of empty messages is refused before it is unfolded")
  func fragmentsAreBounded() throws {
    let graph = [UInt8]((0..<200_000).flatMap { _ in [UInt8(0x0A), 0] })
    let model = ProtobufWriter.message { $0.field(7, graph) }
    #expect(try message(model).contains("no classifier does"))
  }
}
