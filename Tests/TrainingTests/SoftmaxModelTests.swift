import Foundation
import Testing

@testable import Training

/// Order and arithmetic of a step, on a softmax model that is written out in full.
struct SoftmaxModelTests {
  struct Fixture: Decodable {
    struct Run: Decodable {
      var nesterov: Bool
      var gamma: Double
      var lr: Double
      var momentum: Double
      var weight_decay: Double
      var steps: [Step]
    }

    struct Step: Decodable {
      var v: [[Double]]?
      var sums: [[Double]]
      var weights: [[Double]]
      var biases: [Double]

      private enum CodingKeys: String, CodingKey {
        case v = "3_v = ||W|| * grad/||grad||"
        case sums = "8_momentum_buffer_W"
        case weights = "10_W_restored"
        case biases = "10_b"
      }
    }

    var X: [[Double]]
    var y: [Int]
    var W0: [[Double]]
    var b0: [Double]
    var runs: [Run]
  }

  /// Gradients of the mean cross-entropy, written for this test.
  private func gradients(
    _ weights: [Double], _ biases: [Double], _ fixture: Fixture
  ) -> (weights: [Double], biases: [Double]) {
    var (slopes, offsets) = ([Double](repeating: 0, count: 6), [Double](repeating: 0, count: 3))
    for (x, label) in zip(fixture.X, fixture.y) {
      let logits = (0..<3).map { weights[2 * $0] * x[0] + weights[2 * $0 + 1] * x[1] + biases[$0] }
      let total = logits.reduce(0) { $0 + exp($1) }
      for unit in 0..<3 {
        let pull = (exp(logits[unit]) / total - (unit == label ? 1 : 0)) / 3
        offsets[unit] += pull
        for input in 0..<2 { slopes[2 * unit + input] += pull * x[input] }
      }
    }
    return (slopes, offsets)
  }

  private func norm(_ vector: [Double]) -> Double {
    vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  private func descend(
    _ descent: GradientDescent<Double>, _ weights: inout [Double], _ sums: inout [Double],
    _ gradient: [Double], isFirst: Bool
  ) {
    weights.withUnsafeMutableBufferPointer { weights in
      sums.withUnsafeMutableBufferPointer { sums in
        gradient.withUnsafeBufferPointer { gradient in
          if isFirst {
            descent.start(weights, sums: sums, gradient: gradient)
          } else {
            descent.step(weights, sums: sums, gradient: gradient)
          }
        }
      }
    }
  }

  private func near(_ found: [Double], _ expected: [Double]) -> Bool {
    found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-9 }
  }

  @Test(arguments: 0..<4) func stepsAreThoseWrittenOut(_ number: Int) throws {
    let fixture = try GoldenRun.fixture("10_awp_sgd_order", as: Fixture.self)
    #expect(fixture.runs.count == 4)
    let run = fixture.runs[number]
    let descent = GradientDescent(
      learningRate: run.lr, momentum: run.momentum, kind: run.nesterov ? .nesterov : .heavyBall,
      decay: run.weight_decay)
    var (weights, biases) = (Array(fixture.W0.joined()), fixture.b0)
    var sums = [[Double](repeating: 0, count: 6), [Double](repeating: 0, count: 3)]
    for (position, step) in run.steps.enumerated() {
      var displacement = [Double](repeating: 0, count: 6)
      if run.gamma > 0 {
        let before = gradients(weights, biases, fixture).weights
        let factor = WeightDisplacement.factor(
          weight: norm(weights), gradient: norm(before), size: run.gamma)
        displacement = before.map { factor * $0 }
        let direction = try #require(step.v)
        #expect(near(displacement.map { $0 / run.gamma }, Array(direction.joined())))
      }
      for i in 0..<6 { weights[i] += displacement[i] }
      let gradient = gradients(weights, biases, fixture)
      descend(descent, &weights, &sums[0], gradient.weights, isFirst: position == 0)
      descend(descent, &biases, &sums[1], gradient.biases, isFirst: position == 0)
      for i in 0..<6 { weights[i] -= displacement[i] }
      #expect(near(sums[0], Array(step.sums.joined())))
      #expect(near(weights, Array(step.weights.joined())))
      #expect(near(biases, step.biases))
    }
  }
}
