import Foundation
import Graphs
import OneDNNBackend
import Tensors
import TestSupport
import Testing
import Training

/// What golden runs begin with.
struct InitialNetworkTests {
  struct Fixture: Decodable {
    struct Network: Decodable {
      var tensors: [Entry]
      var eval_logits_images_0_1: [[Double]]
    }

    struct Entry: Decodable {
      var t: Int
      var name: String
      var shape: [Int]
      var sum: Double
      var asum: Double
      var l2: Double
    }

    var nets: [String: Network]
  }

  @Test(arguments: ["wrn_16_1", "resnet8", "resnet20"])
  func parametersAndLogitsAreTheFormulas(_ net: String) async throws {
    let fixture = try GoldenRun.fixture("00_init", as: Fixture.self)
    let expected = try #require(fixture.nets[net])
    let model = try GoldenRun.model(net, outputScale: 1)
    #expect(model.parameters.count == expected.tensors.count)
    for entry in expected.tensors {
      let tensor = try #require(model.parameters[entry.name])
      #expect(tensor.shape == entry.shape)
      let sum = tensor.elements.reduce(0) { $0 + Double($1) }
      #expect(abs(sum - entry.sum) < 1e-6 * entry.asum, "\(entry.name)")
    }
    let learner = try Learner(
      model: model,
      recipe: Recipe(
        name: "plain", epochs: 1, batchSize: 1, optimizer: Optimizer(weightDecay: 0),
        learningRate: .constant(0), loss: .natural(labelSmoothing: 0)),
      on: Machine(backend: OneDNNBackend(), threads: 2) { OneDNNBackend.useThreads($0) })
    let shape = FeatureShape(channels: 3, height: 32, width: 32)
    let rows = try await learner.logits(of: (0..<2).map { Formula.image($0, shape: shape) })
    for (row, expected) in zip(rows, expected.eval_logits_images_0_1) {
      let largest = expected.map { abs($0) }.max() ?? 0
      #expect(row.count == 10)
      for (found, expected) in zip(row, expected) {
        #expect(abs(Double(found) - expected) <= 2e-4 * largest)
      }
    }
  }
}
