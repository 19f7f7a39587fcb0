import Execution
import Foundation
import Graphs
import OneDNNBackend
import OpenBLASBackend
import Tensors
import TestSupport
import Testing

/// Values and gradients that PyTorch gives in double precision.
private struct FunctionFixture: Decodable {
  struct Case: Decodable {
    var function: ElementFunction?
    var inputs: [[Float]]
    var upstream: [Float]
    var output: [Double]
    var gradients: [[Double]]
  }

  var functions: [Case]
  var products: [Case]

  static func read() throws -> Self {
    let file = try #require(
      Bundle.module.url(forResource: "functions", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Self.self, from: try Data(contentsOf: file))
  }
}

@Suite("Functions of one value, and products")
struct FunctionTests {
  static var backends: [any Backend] {
    [OpenBLASBackend(), OneDNNBackend()] + (InstalledTorch.backend.map { [$0] } ?? [])
  }

  @Test("Each function and its derivative are what PyTorch gives in double precision")
  func functions() throws {
    for expected in try FunctionFixture.read().functions {
      let function = try #require(expected.function)
      let shape = FeatureShape(channels: 1, height: 3, width: 7)
      var builder = GraphBuilder(input: shape)
      _ = builder.flatten(builder.elementwise(builder.input, function))
      for backend in Self.backends {
        try expectAgreement(
          backend, builder.built, [Image(shape: shape, pixels: expected.inputs[0])], expected,
          "\(function)")
      }
    }
  }

  @Test("Products and gates, and their gradients, are what PyTorch gives in double precision")
  func products() throws {
    for expected in try FunctionFixture.read().products {
      // Both factors as channels of one image, the second over the whole image or its first pixel.
      let factor = FeatureShape(channels: 4, height: 3, width: 2)
      var builder = GraphBuilder(input: FeatureShape(channels: 8, height: 3, width: 2))
      let left = builder.channels(builder.input, 0..<4)
      var right = builder.channels(builder.input, 4..<8)
      var pixels = expected.inputs[0] + expected.inputs[1]
      var gradients = expected.gradients[0]
      let isGate = expected.inputs[1].count == 4
      if isGate {
        right = builder.globalAveragePool(right)
        pixels = expected.inputs[0]
        for (value, gradient) in zip(expected.inputs[1], expected.gradients[1]) {
          pixels += [Float](repeating: value, count: factor.area)
          gradients += [Double](repeating: gradient / Double(factor.area), count: factor.area)
        }
      } else {
        gradients += expected.gradients[1]
      }
      _ = builder.flatten(builder.multiply(left, by: right))
      var whole = expected
      whole.gradients = [gradients]
      let image = Image(shape: builder.built.input, pixels: pixels)
      for backend in Self.backends {
        try expectAgreement(backend, builder.built, [image], whole, isGate ? "gate" : "product")
      }
    }
  }

  private func expectAgreement(
    _ backend: any Backend, _ graph: Graph, _ images: [Image], _ expected: FunctionFixture.Case,
    _ name: String
  ) throws {
    let network = try backend.compile(Model(graph: graph, parameters: [:]), for: .fast)
    let plan = try network.plan(batch: 1, computing: .input)
    let output = try plan.logits(of: images, classes: network.classes)[0]
    let gradient = try plan.gradient(of: images, cotangent: expected.upstream)
    for (what, computed, right) in [
      ("value", output, expected.output), ("gradient", gradient, expected.gradients[0]),
    ] {
      try #require(computed.count == right.count)
      for (index, (a, b)) in zip(computed, right).enumerated() {
        #expect(
          abs(Double(a) - b) <= 1e-6 * (1 + abs(b)),
          "\(backend.description) \(name) \(what) \(index): \(a) for \(b)")
      }
    }
  }

  @Test("The derivative of a NaN does not hide it, nor does a function")
  func notANumberShows() throws {
    let shape = FeatureShape(channels: 3, height: 1, width: 2)
    for function in ElementFunction.examples {
      var builder = GraphBuilder(input: shape)
      _ = builder.flatten(builder.elementwise(builder.input, function))
      for backend in Self.backends {
        let network = try backend.compile(
          Model(graph: builder.built, parameters: [:]), for: .fast)
        let logits = try network.plan(batch: 1, computing: []).logits(
          of: [Image(shape: shape, repeating: .nan)], classes: network.classes)
        #expect(logits[0].allSatisfy { $0.isNaN }, "\(backend.description) \(function)")
      }
    }
  }

  @Test(
    "Numbers that make no function are refused with the node's name",
    arguments: [
      ElementFunction.leakyReLU(slope: .infinity), .elu(scale: .nan),
      .hardSigmoid(slope: 1, offset: .nan), .clamp(lower: 1, upper: 1),
      .clamp(lower: -.infinity, upper: 0),
    ])
  func numbersAreChecked(_ function: ElementFunction) throws {
    var builder = GraphBuilder(input: FeatureShape(channels: 2, height: 2, width: 2))
    _ = builder.elementwise(builder.input, function, "bent")
    let error = #expect(throws: GraphError.self) { try builder.built.shapes(parameters: [:]) }
    #expect(error?.place == "bent")
  }

  @Test("Factors of other shapes are refused with both shapes")
  func shapesOfFactors() throws {
    var builder = GraphBuilder(input: FeatureShape(channels: 4, height: 3, width: 2))
    let half = builder.channels(builder.input, 0..<2)
    _ = builder.multiply(builder.input, by: half, "gate")
    let error = #expect(throws: GraphError.self) { try builder.built.shapes(parameters: [:]) }
    #expect(error?.problem.contains("4×3×2") == true && error?.problem.contains("2×3×2") == true)
  }
}
