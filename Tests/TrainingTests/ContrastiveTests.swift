import Tensors
import Testing

@testable import Training

/// Draws of partners, and margins.
struct ContrastiveTests {
  let images = TrainingLabels(
    indices: [0, 1, 3, 4, 6, 7, 9], labels: [0, 1, 0, 2, 1, 2, 0])

  @Test func `Negatives are images of other classes, each once`() {
    for seed in 0..<20 {
      var random = RandomStream(seed: UInt64(seed))
      let drawn = images.draw(4, unlike: 3, using: &random)
      #expect(drawn.sorted() == [1, 4, 6, 7])
    }
  }

  @Test func `Too many negatives are drawn with repetitions`() {
    var random = RandomStream(seed: 1)
    let drawn = images.draw(40, unlike: 4, using: &random)
    #expect(drawn.count == 40 && Set(drawn) == [0, 1, 3, 6, 9])
  }

  @Test func `A relaxed partner is any image of the class`() {
    var random = RandomStream(seed: 1)
    let drawn = Set((0..<60).map { _ in images.draw(like: 9, using: &random) })
    #expect(drawn == [0, 3, 9])
  }

  @Test func `Differences of the contrast are its gradients`() throws {
    let term = ContrastiveRepresentation(length: 12, negatives: 3)
    var random = RandomStream(seed: 4)
    func map() -> FeatureMap {
      FeatureMap(
        shape: FeatureShape(channels: 12), values: (0..<24).map { _ in Double(random.normal()) })
    }
    var inputs = LossInputs(logits: [:], teacher: [], labels: [], epoch: 1, epochs: 1)
    inputs.features.student = [map()]
    inputs.features.teacher = [map()]
    inputs.features.images = 7
    inputs.features.partners = [[0, 1, 4, 6], [3, 7, 1, 6]]
    for name in ["bank_s", "bank_t"] {
      inputs.features.tensors[name] = Tensor(
        shape: [10, 12], elements: (0..<120).map { _ in 0.2 * random.normal() })
    }
    inputs.features.tensors["z"] = Tensor(shape: [2], elements: [40, 60])
    let value = term.value(of: inputs)
    for place in 0..<24 {
      func moved(_ step: Double, _ isTeacher: Bool) -> Double {
        var inputs = inputs
        if isTeacher {
          inputs.features.teacher[0].values[place] += step
        } else {
          inputs.features.student[0].values[place] += step
        }
        return term.value(of: inputs).values[0]
      }
      for isTeacher in [false, true] {
        let difference = (moved(1e-5, isTeacher) - moved(-1e-5, isTeacher)) / 2e-5
        let gradient = (isTeacher ? value.features.teacher : value.features.student)[0][place]
        #expect(abs(difference - gradient) < 1e-7)
      }
    }
  }

  @Test func `Margins are means of negative parts`() throws {
    struct File: Decodable {
      struct Methods: Decodable { var OFD: Overhaul }
      struct Overhaul: Decodable { var margins: Margins }
      struct Margins: Decodable {
        var bn_weight: [Float]
        var bn_bias: [Float]
        var margin: [Float]
      }
      var methods: Methods
    }
    let golden = try GoldenRun.fixture("14_feature_losses", as: File.self).methods.OFD.margins
    for (place, margin) in golden.margin.enumerated() {
      let found = MarginRectification.margin(golden.bn_weight[place], golden.bn_bias[place])
      #expect(abs(found - margin) < 1e-5)
    }
    #expect(MarginRectification.margin(0.1, 1) == -0.3)
  }
}
