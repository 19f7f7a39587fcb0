public import Attacks

/// Distillation with adversarial samples supporting the decision boundary, BSS.
///
/// CE + αₑ · H(teacher, student) on the batch + βₑ · H(teacher, student) on images that were moved
/// across the teacher's boundary, H being the cross-entropy with soft labels at a temperature.
/// Source: Heo, Lee, Yun & Choi, *Knowledge distillation with adversarial samples supporting
/// decision boundary*, AAAI 2019; weights and selection as in the program that goes with it.
public struct BoundaryDistillation: Codable, Hashable, Sendable {
  /// Of both distributions in soft cross-entropies.
  public var temperature: Double
  /// The largest number of images that are moved across the boundary in a step.
  public var samples: Int
  /// The largest number of steps of the attack.
  public var steps: Int
  /// How far a step goes for a unit of logits.
  public var rate: Float
  /// Toward which class an image is moved.
  public var target: BoundarySupportingSample.TargetChoice
  /// Where lengths are measured, and what bounds the images.
  public var space: InputSpace

  /// Creates a loss; without arguments the published one.
  ///
  /// - Parameters:
  ///   - temperature: of both distributions in soft cross-entropies.
  ///   - samples: the largest number of images that are moved in a step, at least 1.
  ///   - steps: the largest number of steps of the attack.
  ///   - rate: how far a step goes for a unit of logits.
  ///   - target: toward which class an image is moved.
  ///   - space: where lengths are measured, and what bounds the images.
  public init(
    temperature: Double = 3, samples: Int = 64, steps: Int = 10, rate: Float = 0.3,
    target: BoundarySupportingSample.TargetChoice = .sampled,
    space: InputSpace = BoundaryDistillation.publishedSpace
  ) {
    self.temperature = temperature
    self.samples = samples
    self.steps = steps
    self.rate = rate
    self.target = target
    self.space = space
  }

  /// The published program's normalisation, coordinates being kept between −2.5 and 2.5.
  public static let publishedSpace = InputSpace(
    mean: [0.4914, 0.4822, 0.4465], deviation: [0.2023, 0.1994, 0.2010], bounds: -2.5...2.5)

  /// The factor of the batch's soft cross-entropy: from 4 down to 1.
  ///
  /// - Parameters:
  ///   - epoch: counted from 1.
  ///   - epochs: how many there are.
  /// - Returns: αₑ.
  public func teacherWeight(epoch: Int, of epochs: Int) -> Double {
    1 + max(3 * (1 - Double(epoch) / Double(epochs)), 0)
  }

  /// The factor of the moved images' soft cross-entropy: from 2 down to 0 at three quarters.
  ///
  /// - Parameters:
  ///   - epoch: counted from 1.
  ///   - epochs: how many there are.
  /// - Returns: βₑ.
  public func sampleWeight(epoch: Int, of epochs: Int) -> Double {
    max(2 * (1 - 4.0 / 3 * Double(epoch) / Double(epochs)), 0)
  }

  var attack: BoundarySupportingSample {
    BoundarySupportingSample(steps: steps, rate: rate, target: target, space: space)
  }

  /// The rows of the images that are moved: those that both networks classify correctly; if there
  /// are too many, those on which their probabilities of wrong classes differ most.
  func chosen(teacher: [[Double]], student: [[Double]], labels: [Int]) -> [Int] {
    let candidates = labels.indices.filter {
      teacher[$0].argmax == labels[$0] && student[$0].argmax == labels[$0]
    }
    if candidates.count <= samples { return candidates }
    let scores = candidates.map { row in
      (
        row: row,
        score: zip(teacher[row].probabilities(), student[row].probabilities()).enumerated()
          .reduce(0.0) { sum, next in
            let difference = next.element.0 - next.element.1
            return next.offset == labels[row] ? sum : sum + difference * difference
          }
      )
    }
    return scores.sorted { ($1.score, $0.row) < ($0.score, $1.row) }.prefix(samples).map(\.row)
  }
}
