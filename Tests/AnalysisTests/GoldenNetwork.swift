import Execution
import Foundation
import Graphs
import OneDNNBackend
import Tensors
import TestSupport
import Testing

/// Expected numbers and the networks that they are of.
enum Golden {
  /// A part of `Fixtures/analyses.json`.
  static func part<Part: Decodable>(_ name: String, as type: Part.Type) throws -> Part {
    let file = try #require(
      Bundle.module.url(forResource: "analyses", withExtension: "json", subdirectory: "Fixtures"))
    let all = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
    let part = try #require(all?[name])
    return try JSONDecoder().decode(type, from: JSONSerialization.data(withJSONObject: part))
  }

  /// A network whose weights come from a formula, its last layer scaled and given a bias.
  static func network(
    _ name: String, scale: Float, bias: [Float], normalization: Normalization? = nil
  ) throws -> Model {
    let architecture = try #require(Architecture.named(name, classes: 10))
    var parameters = Formula.parameters(of: architecture, gain: 2)
    parameters["fc.weight"]?.withUnsafeMutableElements { elements in
      for position in elements.indices { elements[position] *= scale }
    }
    parameters["fc.bias"] = Tensor(shape: [bias.count], elements: bias)
    let model = Model(graph: architecture.graph, parameters: parameters)
    return normalization.map(model.normalizingInput) ?? model
  }

  /// An image of CIFAR's shape.
  static func image(_ number: Int) -> Image {
    Formula.image(number, shape: FeatureShape(channels: 3, height: 32, width: 32))
  }

  /// The logits of images, one at a time.
  static func logits(of model: Model, at images: [Image]) throws -> [[Float]] {
    let plan = try OneDNNBackend().compile(model, for: .exact).plan(batch: 1, computing: [])
    return try images.map { image in
      var logits = [Float](repeating: 0, count: 10)
      var span = logits.mutableSpan
      try plan.forward(image.pixels.span, logits: &span)
      return logits
    }
  }

  /// Asks a network on a lane about numbered images.
  static func asking<Result: Sendable>(
    _ model: Model, about images: [Int],
    _ question: @escaping @Sendable (Int, LaneOracle) async throws -> Result
  ) async throws -> [Result] {
    let backend = OneDNNBackend()
    let pool = LanePool(
      lanes: 1, width: 8, fast: try backend.compile(model, for: .fast),
      exact: try backend.compile(model, for: .exact),
      prepareThread: { OneDNNBackend.limitThreads() })
    defer { pool.stop() }
    return try await pool.map(images, question)
  }

  /// A number or a truth value of a row.
  struct Value: Decodable {
    let number: Double

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      number =
        if let value = try? container.decode(Bool.self) {
          value ? 1 : 0
        } else {
          try container.decode(Double.self)
        }
    }
  }
}
