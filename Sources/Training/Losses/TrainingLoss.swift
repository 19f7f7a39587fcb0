internal import Attacks

/// What a step makes smaller: a sum of terms.
public struct TrainingLoss: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// What is added up, in this order.
  public var terms: [WeightedTerm]

  /// Creates a sum.
  ///
  /// - Parameter terms: what is added up; at most one of them has a teacher make images.
  public init(_ terms: [WeightedTerm]) { self.terms = terms }

  /// Creates a sum.
  ///
  /// - Parameter terms: what is added up.
  public init(arrayLiteral terms: WeightedTerm...) { self.init(terms) }

  /// The passes in training mode that the loss needs.
  public var passes: [ForwardPass] {
    if joinsPasses { return [.adversarial] }
    return [.clean, .adversarial].filter { pass in terms.contains { $0.term.passes.contains(pass) }
    }
  }

  /// Whether a teacher's logits are needed.
  public var needsTeacher: Bool { terms.contains { $0.term.needsTeacher } }

  /// Whether the adversarial pass takes images made with the teacher's help, not perturbations of
  /// the batch.
  public var asksTeacherForImages: Bool { imageMaker != nil }

  /// The term whose images a teacher helps to make.
  var imageMaker: (any ImageMakingTerm)? {
    terms.lazy.compactMap { $0.term as? any ImageMakingTerm }.first
  }

  /// Whether one pass takes the adversarial images with the clean ones behind them.
  var joinsPasses: Bool { imageMaker?.joinsPasses ?? false }

  /// Where lengths of the teacher's images are measured, if it makes any.
  var space: InputSpace? { imageMaker?.space }

  /// What weighs classes, if anything does.
  var classWeights: DecoupledDivergence.ClassWeights? {
    terms.lazy.compactMap(\.term.classWeights).first
  }

  /// Whether the state keeps mean probabilities of every class.
  var usesClassMeans: Bool {
    if case .classMeans = classWeights { true } else { false }
  }

  /// Why images of two classes cannot be learnt from; nil if they can.
  var refusalOfMixedLabels: String? {
    terms.lazy.compactMap(\.term.refusalOfMixedLabels).first
  }
}

/// Losses that differ from another in something: nil where no term has such a thing.
extension TrainingLoss {
  /// Its numbers that can be set, as they are.
  var numbers: [(Setting, Double)] { terms.flatMap(\.numbers) }

  /// With another number in all terms that have it.
  func setting(_ setting: Setting, to value: Double) -> TrainingLoss? {
    changing { $0.setting(setting, to: value) }
  }

  /// In another form.
  func changed(_ form: LossForm) -> TrainingLoss? {
    changing { $0.replacing { $0.changed(form) } }
  }

  /// The loss of a run of another length.
  func lasting(_ epochs: Int, insteadOf published: Int) -> TrainingLoss {
    var result = self
    for position in terms.indices {
      result.terms[position].course = terms[position].course.lasting(epochs, insteadOf: published)
    }
    return result
  }

  /// The loss within a small budget.
  func taking(atMost steps: Int) -> TrainingLoss {
    var result = self
    for position in terms.indices {
      result.terms[position].term = terms[position].term.taking(atMost: steps)
    }
    return result
  }

  private func changing(_ change: (WeightedTerm) -> WeightedTerm?) -> TrainingLoss? {
    let changes = terms.map(change)
    if changes.allSatisfy({ $0 == nil }) { return nil }
    return TrainingLoss(zip(terms, changes).map { $1 ?? $0 })
  }
}
