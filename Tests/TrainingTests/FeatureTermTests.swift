import Graphs
import Tensors
import Testing

@testable import Training

/// Every recipe's terms that read features, against finite differences.
struct FeatureTermTests {
  static let recipes = PublishedRecipe.all(classes: 10).map(\.recipe).filter {
    $0.stages.contains { $0.loss.readsInside }
  }

  /// Twelve rows are also three images in four rotations.
  static let images = 12

  static func network(_ name: String) throws -> Model {
    let architecture = try #require(
      Architecture.named(
        name, classes: 3, input: FeatureShape(channels: 3, height: 16, width: 16)))
    return InitialWeights.model(of: architecture, random: RandomStream(seed: 5))
  }

  /// A loss on numbers drawn for everything it reads.
  static func inputs(
    _ loss: TrainingLoss, student: String = "resnet8", teacher: String = "wrn-10-1"
  ) throws -> LossInputs {
    var random = RandomStream(seed: 11)
    func rows(_ width: Int) -> [[Double]] {
      (0..<images).map { _ in (0..<width).map { _ in Double(random.normal()) } }
    }
    let wiring = try Wiring(
      loss, student: network(student), teacher: network(teacher), random: RandomStream(seed: 2))
    var inputs = LossInputs(
      logits: [.clean: rows(3)], teacher: rows(3), labels: (0..<images).map { $0 % 3 },
      epoch: 3, epochs: 10)
    inputs.indices = (0..<images).map { 7 * $0 }
    func map(_ shape: FeatureShape) -> FeatureMap {
      FeatureMap(shape: shape, values: rows(shape.count).flatMap { $0 })
    }
    let (ours, theirs) = (wiring.student?.taps ?? [], wiring.teacher?.taps ?? [])
    inputs.featuresOfTerms = wiring.readings.map { reading in
      var features = TermFeatures()
      features.student = reading.student.map { map(ours[$0].shape) }
      features.teacher = reading.teacher.map { place in
        switch wiring.sources[place] {
        case .tap(let tap): map(theirs[tap].shape)
        case .adapter(let number, let output):
          map(wiring.adapters[number].outputs[output].shape)
        }
      }
      for (name, full) in reading.tensors { features.tensors[name] = wiring.parameters[full] }
      return features
    }
    return inputs
  }

  /// Without those that embed images for a memory, which has tests of its own.
  static let compared = recipes.filter { !$0.loss.comparesImages }

  @Test(arguments: compared)
  func `Gradients at features are differences`(_ recipe: Recipe) throws {
    for stage in recipe.stages where stage.loss.readsInside { try compare(stage.loss) }
  }

  private func compare(_ loss: TrainingLoss) throws {
    let inputs = try Self.inputs(loss)
    let gradients = BatchLoss(loss, of: inputs).features
    var compared = 0
    func compare(
      _ derivative: Double, _ place: String, step length: Double = 1e-5,
      _ shift: (inout LossInputs, Double) -> Void
    ) {
      let values = [length, -length].map { step in
        var moved = inputs
        shift(&moved, step)
        return BatchLoss(loss, of: moved).total
      }
      let difference = (values[0] - values[1]) / (2 * length)
      let scale = max(abs(derivative), 1e-6 * abs(values[0]), 1e-7)
      #expect(abs(difference - derivative) < 1e-4 * scale + 1e-9 * abs(values[0]), "\(place)")
      compared += 1
    }
    for (term, gradient) in gradients.enumerated() {
      for (number, values) in gradient.student.enumerated() {
        for place in stride(from: 1, to: values.count, by: max(values.count / 7, 1)) {
          compare(values[place], "student \(number) \(place)") {
            $0.featuresOfTerms[term].student[number].values[place] += $1
          }
        }
      }
      for (number, values) in gradient.teacher.enumerated() {
        for place in stride(from: 1, to: values.count, by: max(values.count / 7, 1)) {
          compare(values[place], "teacher \(number) \(place)") {
            $0.featuresOfTerms[term].teacher[number].values[place] += $1
          }
        }
      }
      for (name, values) in gradient.tensors {
        // They are kept in single precision, which no smaller step would move exactly.
        compare(values.reduce(0, +), "all of \(name)", step: 1.0 / 256) { inputs, step in
          inputs.featuresOfTerms[term].tensors[name]?.withUnsafeMutableElements { elements in
            for place in elements.indices { elements[place] += Float(step) }
          }
        }
      }
    }
    #expect(compared >= 7)
  }
}
