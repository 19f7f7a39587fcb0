import Checkpoints
import Files
import Foundation
import Graphs
import Tensors
import TestSupport
import Testing

struct KerasFileTests {
  /// Images and logits written by `make_keras_fixtures.py`.
  private struct Expectation: Decodable {
    var largest: Float
    var shape: [Int]
    var images: [[Float]]
    var logits: [[Double]]
  }

  private func expectation(_ name: String) throws -> Expectation {
    let data = try Data(contentsOf: URL(filePath: fixture("Keras/\(name).json")))
    return try JSONDecoder().decode(Expectation.self, from: data)
  }

  /// The functional models begin with Rescaling(1 / 127.5, offset=-1).
  private func read(_ path: String, architecture: String? = nil) throws -> Checkpoint {
    try ModelReader.read(
      path, architecture: architecture, pixels: path.contains("functional") ? .byte : .unit)
  }

  @Test(arguments: [
    ("functional.h5", "functional"), ("functional2.h5", "functional"),
    ("sequential.h5", "sequential"), ("weights.h5", "weights"), ("nested.h5", "nested"),
    ("nested.keras", "nested"), ("nested_old.keras", "nested"),
  ])
  func logitsEqualThoseOfKeras(file: String, numbers: String) throws {
    let expected = try expectation(numbers)
    let model = try read(fixture("Keras/\(file)")).model
    #expect(
      model.graph.input
        == FeatureShape(
          channels: expected.shape[0], height: expected.shape[1], width: expected.shape[2]))
    let network = try ReferenceNetwork(model)
    for (pixels, wanted) in zip(expected.images, expected.logits) {
      let logits = network.logits(pixels.map { Double($0) })
      #expect(logits.count == wanted.count)
      for (own, theirs) in zip(logits, wanted) {
        #expect(abs(own - theirs) <= 2e-5 * (1 + abs(theirs)), "\(own) \(theirs)")
      }
    }
  }

  @Test func oneSigmoidIsAChoiceOfTwo() throws {
    let checkpoint = try ModelReader.read(fixture("Keras/nested.keras"))
    #expect(checkpoint.classes == 2)
    #expect(checkpoint.notes.contains("removed the final sigmoid of dense"))
    #expect(checkpoint.notes.contains { $0.contains("taken for (0, z)") })
  }

  @Test func damagedArchivesAreReadOrRefused() throws {
    let scratch = try Scratch()
    let bytes = try FileContents.read(fixture("Keras/nested.keras"))
    for position in stride(from: 0, to: bytes.count, by: 97) {
      var changed = bytes
      changed[position] ^= 0xff
      let path = try scratch.file(changed)
      do throws(FileError) { _ = try ModelReader.read(path) } catch {
        #expect(error.kind == .malformed)
      }
    }
  }

  @Test(arguments: ["functional", "functional2", "sequential"])
  func aFinalSoftmaxIsReported(name: String) throws {
    let notes = try read(fixture("Keras/\(name).h5")).provenance["notes"]
    #expect(notes?.contains("removed the final softmax") == true)
  }

  @Test func rescalingOf255IsNotTakenForPixelsUpToOne() throws {
    let path = try fixture("Keras/functional.h5")
    let error = try #require(throws: FileError.self) { try ModelReader.read(path) }
    #expect(error.problem.contains("mean 127.5,127.5,127.5"))
    #expect(error.problem.contains("--input-range 0-255"))
  }

  @Test func weightsAloneAreRecognised() throws {
    let checkpoint = try read(fixture("Keras/weights.h5"))
    #expect(checkpoint.architecture == "mnist-keras-cnn")
    let named = try read(fixture("Keras/weights.h5"), architecture: "mnist_tf_autoattack")
    #expect(named.model.parameters == checkpoint.model.parameters)
  }

  /// A file with the weights of the sequential model and another description.
  private func file(describing json: String) throws -> (Scratch, String) {
    let scratch = try Scratch()
    let writer = try HDF5Writer(creating: scratch.path("a.h5"))
    try writer.setAttribute("keras_version", to: "2.4.0")
    try writer.setAttribute("model_config", to: json)
    let source = try HDF5File(reading: fixture("Keras/sequential.h5"))
    for name in try source.datasets(under: "model_weights") {
      try writer.write(try source.tensor(name), to: name)
    }
    try writer.finish()
    return (scratch, scratch.path("a.h5"))
  }

  @Test(arguments: [
    // What is replaced in the description of the sequential model, by what, and the complaint.
    ("\"GlobalAveragePooling2D\"", "\"LSTM\"", "LSTM is a layer that is not read"),
    ("\"class_name\": \"Sequential\"", "\"class_name\": \"Own\"", "describes a Own"),
    ("\"channels_last\"", "\"channels_first\"", "channels_first"),
    ("\"dilation_rate\": [1, 1]", "\"dilation_rate\": [2, 2]", "dilated"),
    ("\"activation\": \"relu\"", "\"activation\": \"softmax\"", "softmax before the end"),
    ("\"activation\": \"relu\"", "\"activation\": \"gelu\"", "activation gelu"),
    ("\"padding\": \"same\"", "\"padding\": \"causal\"", "padding causal"),
    ("\"strides\": [3, 3]", "\"strides\": [0, 3]", "strides that is not two numbers"),
    ("\"strides\": [3, 3]", "\"strides\": [1e300, 3]", "strides that is not two numbers"),
    ("\"batch_shape\": [null, 8, 8, 1]", "\"batch_shape\": [null, null, 8, 1]", "state the image"),
    ("\"batch_shape\": [null, 8, 8, 1]", "\"batch_shape\": [null, 8, 8, 2]", "does not fit"),
    ("\"name\": \"dense_3\"", "\"name\": \"elsewhere\"", "has no kernel in the file"),
    ("\"layers\": [", "\"layers\": 1, \"x\": [", "lists no layers"),
    ("{", "[", "is no JSON"),
  ])
  func whatIsNotUnderstoodIsNamed(old: String, new: String, problem: String) throws {
    let source = try HDF5File(reading: fixture("Keras/sequential.h5"))
    let json = try #require(try source.string(attribute: "model_config"))
    #expect(json.contains(old))
    let (scratch, path) = try file(describing: json.replacing(old, with: new))
    let error = try #require(throws: FileError.self) { try read(path) }
    withExtendedLifetime(scratch) {}
    #expect("\(error)".contains(problem), "\(error)")
    #expect(error.kind == .malformed && !"\(error)".contains("\n"))
  }

  @Test func circlesAndSharedLayersAreRefused() throws {
    func functional(_ inbound: String) -> String {
      """
      {"class_name": "Functional", "config": {"output_layers": [["b", 0, 0]], "layers": [
      {"class_name": "InputLayer", "config": {"name": "i", "batch_shape": [null, 8, 8, 1]}},
      {"class_name": "ReLU", "config": {"name": "a"}, "inbound_nodes": [[["b", 0, 0, {}]]]},
      {"class_name": "ReLU", "config": {"name": "b"}, "inbound_nodes": \(inbound)}]}}
      """
    }
    for (inbound, problem) in [
      ("[[[\"a\", 0, 0, {}]]]", "missing or read it themselves"), ("[]", "called 0 times"),
      ("[[[\"i\", 0, 0, {}]], [[\"a\", 0, 0, {}]]]", "called 2 times"), ("[[]]", "reads no layer"),
      ("[[[\"nowhere\", 0, 0, {}]]]", "missing or read it themselves"),
    ] {
      let (scratch, path) = try file(describing: functional(inbound))
      let error = try #require(throws: FileError.self) { try read(path) }
      withExtendedLifetime(scratch) {}
      #expect("\(error)".contains(problem), "\(error)")
    }
  }

  @Test(arguments: ["functional", "sequential", "weights"])
  func damagedFilesAreReadOrRefused(name: String) throws {
    let scratch = try Scratch()
    let bytes = try FileContents.read(fixture("Keras/\(name).h5"))
    for position in stride(from: 0, to: bytes.count, by: 389) {
      var changed = bytes
      changed[position] ^= 0xff
      let line = CheckpointProbe.inspect(try scratch.file(changed))
      #expect(line.hasPrefix("ok ") || line.hasPrefix("65 "), "\(position): \(line)")
      #expect(!line.contains("\n"))
    }
  }

  @Test func pixelsUpTo255TakeUpTheFactor() throws {
    var builder = GraphBuilder(input: FeatureShape(channels: 2, height: 1, width: 1))
    _ = builder.linear(builder.input, "fc", outputs: 2)
    let model = Model(
      graph: builder.built,
      parameters: [
        "fc.weight": Tensor(shape: [2, 2], elements: [1, 0, 0, 1]), "fc.bias": Tensor(shape: [2]),
      ])
    let constants = Normalization(mean: [51, 102], deviation: [2, 4])
    for (model, wanted) in [
      (model, [127.5, 255]), (model.normalizingInput(constants), [38.25, 38.25]),
    ] {
      let logits = try ReferenceNetwork(model.rescalingInput(from: 255)).logits([0.5, 1])
      for (own, exact) in zip(logits, wanted) { #expect(abs(own - exact) < 1e-4) }
    }
  }
}
