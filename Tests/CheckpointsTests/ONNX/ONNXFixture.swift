import Foundation
import Tensors
import Testing

/// A model written by `make_onnx_fixtures.py`, with what ONNX's own evaluator computes from it.
struct ONNXFixture: CustomTestStringConvertible {
  private struct Expectation: Decodable {
    var shape: [Int]
    var images: [[Float]]
    var logits: [[Double]]
  }

  static let names = [
    "plain", "residual", "silu", "shuffle", "shortcut_a", "transposed", "computed_reshape",
    "softmax_head", "auto_pad", "opset9", "storage", "functions", "gates", "positions",
    "ceiling", "opset13", "vit", "fused", "windows", "combined",
  ]

  var name: String
  var bytes: [UInt8]
  var images: [Image]
  var logits: [[Double]]
  var testDescription: String { name }

  init(_ name: String) throws {
    func url(_ type: String) throws -> URL {
      try #require(
        Bundle.module.url(
          forResource: name, withExtension: type, subdirectory: "Fixtures/ONNX"))
    }
    self.name = name
    bytes = Array(try Data(contentsOf: try url("onnx")))
    let expected = try JSONDecoder().decode(
      Expectation.self, from: try Data(contentsOf: try url("json")))
    let shape = FeatureShape(
      channels: expected.shape[0], height: expected.shape[1], width: expected.shape[2])
    images = expected.images.map { Image(shape: shape, pixels: $0) }
    logits = expected.logits
  }
}
