import Foundation
import Tensors
import Testing

@testable import Training

/// Running averages of one number against values computed in double precision by NumPy.
@Suite struct AveragingTests {
  private let golden: [String: Any]
  private let weights: [Double]

  init() throws {
    let all = try goldenSchedules()
    golden = try #require(all["weight_averaging"] as? [String: Any])
    weights = try #require(golden["theta"] as? [Double])
  }

  @Test(arguments: [("2.5", 0.995), ("10", 0.995), ("3", 0.5)])
  func theAverageOverStepsWarmsUp(warmUp: String, decay: Double) throws {
    let entry = try #require(
      golden["Wang2023 per step, warm-up \(warmUp) steps, tau \(decay)"] as? [String: Any])
    let shares = try #require(entry["decay"] as? [Double])
    let averages = try #require(entry["avg"] as? [Double])
    let warmUp = try #require(Double(warmUp))
    var average = WeightAverage()
    for (step, weight) in weights.enumerated() {
      let kept = WeightAveraging.kept(atStep: step + 1, warmUp: warmUp, decay: decay)
      #expect(abs(kept - shares[step]) < 1e-9, "step \(step + 1)")
      average.add(state(weight), keeping: kept, averaging: ["w"])
      let found = try #require(average.parameters["w"])
      #expect(abs(Double(found[0]) - averages[step]) < 1e-6, "step \(step + 1)")
    }
  }

  @Test func theAverageOverEpochsBeginsWithTheFirst() throws {
    for (name, first) in [
      ("IKL offline over epoch checkpoints, tau .9, start 1", 1),
      ("IKL offline, tau .9, start 5 (null before)", 5),
    ] {
      let entry = try #require(golden[name] as? [String: Any])
      let averages = try #require(entry["avg_after_epoch_1_to_20"] as? [Any])
      var average = WeightAverage()
      for (epoch, value) in averages.enumerated() where epoch + 1 >= first {
        average.add(state(weights[epoch]), keeping: 0.9, averaging: ["w"])
        let found = try #require(average.parameters["w"])
        let expected = try #require(value as? Double)
        #expect(abs(Double(found[0]) - expected) < 1e-6, "\(name), epoch \(epoch + 1)")
      }
    }
  }

  @Test func whatIsNotAveragedIsTheLatest() throws {
    var average = WeightAverage()
    average.add(state(1), keeping: 0.9, averaging: ["w"])
    average.add(state(3), keeping: 0.9, averaging: ["w"])
    let mean = try #require(average.parameters["mean"])
    #expect(mean[0] == 3)
  }

  private func state(_ value: Double) -> [String: Tensor] {
    let tensor = Tensor(shape: [1], repeating: Float(value))
    return ["w": tensor, "mean": tensor]
  }
}
