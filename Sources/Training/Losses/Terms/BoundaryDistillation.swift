public import Attacks
internal import Execution
internal import Tensors

/// H(teacher, student) on images that were moved across the teacher's boundary, BSS, H being the
/// cross-entropy with soft labels at a temperature.
///
/// Source: Heo, Lee, Yun & Choi, *Knowledge distillation with adversarial samples supporting
/// decision boundary*, AAAI 2019; selection as in the program that goes with it.
public struct BoundaryDistillation: LossTerm {
  /// `boundarySamples`.
  public static let kind = "boundarySamples"

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

  /// Creates a term; without arguments the published one.
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

  /// The moved images'.
  public var passes: Set<ForwardPass> { [.adversarial] }

  /// It does.
  public var needsTeacher: Bool { true }

  /// The temperature.
  public var settings: [(Setting, WritableKeyPath<Self, Double>)] {
    [(.temperature, \.temperature)]
  }

  /// Moved images have one class.
  public var refusalOfMixedLabels: String? { Self.needsOneClass }

  /// In another space.
  ///
  /// - Parameter form: what is changed.
  /// - Returns: nil for other forms.
  public func changed(_ form: LossForm) -> BoundaryDistillation? {
    guard case .space(let space) = form else { return nil }
    var result = self
    result.space = space
    return result
  }

  /// The cross-entropy with the teacher's probabilities.
  ///
  /// - Parameter inputs: logits of the moved images.
  /// - Returns: a value a moved image.
  public func value(of inputs: LossInputs) -> TermValue {
    let rows = zip(inputs.samples.teacher, inputs.logits(.adversarial)).map { teacher, student in
      SingleTerm.crossEntropy(
        student, target: teacher.probabilities(temperature: temperature), temperature: temperature)
    }
    return TermValue(rows, at: .adversarial)
  }
}

extension BoundaryDistillation: ImageMakingTerm {
  var joinsPasses: Bool { false }

  /// Which images it classifies correctly is seen in training mode.
  var asksStudent: Bool { true }

  var choosesAmongBatch: Bool { true }

  /// Moves images across the teacher's decision boundary, as far as the attack gets.
  func images(_ request: ImageRequest, teacher: FrozenNetwork) async throws -> TeacherSamples {
    let batch = request.batch
    let rows = chosen(
      teacher: request.teacherLogits, student: request.studentLogits, labels: batch.labels)
    let attack = BoundarySupportingSample(steps: steps, rate: rate, target: target, space: space)
    let images = try await teacher.each(rows.count) { position, oracle in
      let row = rows[position]
      var random = request.random.forked(batch.indices[row])
      let logits = try await oracle.logits(at: batch.images[row])
      let ending = try await attack.cross(
        from: space.coordinates(of: batch.images[row]), base: batch.labels[row],
        toward: attack.target(in: logits, using: &random), asking: oracle)
      return space.pixels(at: ending.coordinates)
    }
    return TeacherSamples(images: images, rows: rows)
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
