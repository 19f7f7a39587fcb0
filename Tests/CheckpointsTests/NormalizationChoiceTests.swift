import Checkpoints
import Files
import Foundation
import Graphs
import Tensors
import Testing

/// Pixels are normalised once, in their own units, and the notes say by whose constants.
struct NormalizationChoiceTests {
  private let half = Normalization(mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25])
  private let other = Normalization(mean: [0.1, 0.2, 0.3], deviation: [0.4, 0.5, 0.6])

  private func weights(_ constants: Normalization?) throws -> [String: Tensor] {
    let network = try #require(Architecture.named("resnet8"))
    var tensors = network.parameterShapes.mapValues { Tensor(shape: $0, repeating: 0.5) }
    if let constants {
      tensors["mean"] = Tensor(shape: [3], elements: constants.mean)
      tensors["std"] = Tensor(shape: [3], elements: constants.deviation)
    }
    return tensors
  }

  private func read(
    _ stored: Normalization?, given: Normalization? = nil,
    pixels: ModelRequest.PixelRange = .unit
  ) throws -> Checkpoint {
    let scratch = try Scratch()
    try SafetensorsFile.write(weights(stored), to: scratch.path("a"))
    return try ModelReader.read(
      scratch.path("a"), architecture: "resnet8", normalization: given, pixels: pixels)
  }

  @Test func theNoteSaysWhoseConstantsWereTaken() throws {
    #expect(try read(half).notes == ["took mean and deviation from the file"])
    let replaced = try read(half, given: other)
    #expect(replaced.model.inputNormalization == other)
    #expect(!replaced.notes.contains { $0.hasPrefix("took mean") })
    #expect(replaced.notes.contains { $0.contains("as given, replace mean 0.5,0.5,0.5") })
    #expect(try read(half, given: half).notes.isEmpty)
    #expect(try read(nil, given: half).notes.isEmpty)
  }

  @Test(arguments: ["a.h5", "a.onnx", "a.safetensors"])
  func aNetworkThatNormalisesTakesNoOtherConstants(file: String) throws {
    let scratch = try Scratch()
    let path = scratch.path(file)
    let checkpoint = try read(half)
    switch file {
    case "a.h5": try checkpoint.write(to: path)
    case "a.onnx": try ONNXFile.write(checkpoint.model, to: path)
    default: try checkpoint.writeSafetensors(to: path)
    }
    let error = try #require(throws: FileError.self) {
      try ModelReader.read(path, normalization: other)
    }
    #expect(error.problem.contains("normalises already, with mean 0.5,0.5,0.5"))
    let range = try #require(throws: FileError.self) { try ModelReader.read(path, pixels: .byte) }
    #expect(range.problem.contains("leave out --input-range 0-255"))
    #expect(try ModelReader.read(path, normalization: half).model.inputNormalization == half)
    if file != "a.onnx" {
      // The family has none; the file's are kept though the network is built anew.
      let named = try ModelReader.read(path, architecture: "resnet8")
      #expect(named.model.inputNormalization == half)
    }
  }

  @Test func theFileMayNotContradictItself() throws {
    let scratch = try Scratch()
    var checkpoint = try read(half)
    checkpoint.normalization = other
    try checkpoint.write(to: scratch.path("a.h5"))
    let error = try #require(throws: FileError.self) { try ModelReader.read(scratch.path("a.h5")) }
    #expect(error.place == "input_mean")
  }

  @Test func constantsCountedTo255AreRefusedOrScaled() throws {
    // The usual constants of Caffe and of CIFAR-10, times 255.
    let bytes = Normalization(mean: [125.3, 123, 113.9], deviation: [63, 62.1, 66.7])
    #expect(throws: FileError.self) { try read(bytes) }
    let scaled = try #require(read(bytes, pixels: .byte).model.inputNormalization)
    for (own, exact) in zip(scaled.mean + scaled.deviation, bytes.mean + bytes.deviation) {
      #expect(abs(own - exact / 255) < 1e-6)
    }
    let twice = try Scratch()
    let path = twice.path("a.h5")
    try read(nil, pixels: .byte).write(to: path)
    #expect(try ModelReader.read(path).model.inputNormalization?.deviation[0] == 1 / 255)
    #expect(throws: FileError.self) { try ModelReader.read(path, pixels: .byte) }
  }

  @Test(arguments: [Float.nan, .infinity, 0, -1])
  func deviationsMustDivide(value: Float) throws {
    let stored = Normalization(mean: [0, 0, 0], deviation: [1, value, 1])
    let error = try #require(throws: FileError.self) { try read(stored) }
    #expect(error.place == "std")
  }

  @Test func oneNumberAChannel() throws {
    let two = Normalization(mean: [0.5, 0.5], deviation: [0.25, 0.25])
    let error = try #require(throws: FileError.self) { try read(nil, given: two) }
    #expect(error.problem.contains("there are 2 numbers of each"))
    #expect(error.problem.contains("3×32×32"))
  }

  @Test func aFamilysOwnConstantsAreReplacedWithANote() throws {
    let scratch = try Scratch()
    let network = try #require(Architecture.named("dm-wrn-10-1-silu-c10"))
    try SafetensorsFile.write(
      network.parameterShapes.mapValues { Tensor(shape: $0, repeating: 0.5) },
      to: scratch.path("a"))
    let plain = try ModelReader.read(scratch.path("a"), architecture: network.name)
    #expect(plain.model.inputNormalization == network.graph.inputNormalization)
    #expect(plain.notes.isEmpty)
    let replaced = try ModelReader.read(
      scratch.path("a"), architecture: network.name, normalization: half)
    #expect(replaced.notes.contains { $0.hasSuffix("of dm-wrn-10-1-silu-c10") })
  }
}
