import Foundation

/// One of the two parts of T² · KL(teacher ‖ student): of the label's class against all others, or
/// among the others.
///
/// Source: Zhao, Cui, Song, Qiu & Liang, *Decoupled knowledge distillation*, CVPR 2022.
public struct TargetDivergence: LossTerm {
  /// `targetDivergence`.
  public static let kind = "targetDivergence"

  /// Of which classes.
  public enum Part: String, Codable, Hashable, Sendable {
    /// The label's, against all others together.
    case target
    /// All others, as if there were no label's.
    case others
  }

  /// Of which classes.
  public var part: Part
  /// That of both distributions.
  public var temperature: Double

  /// Creates a term.
  ///
  /// - Parameters:
  ///   - part: of which classes.
  ///   - temperature: of both distributions.
  public init(_ part: Part, temperature: Double = 4) {
    self.part = part
    self.temperature = temperature
  }

  /// It does.
  public var needsTeacher: Bool { true }

  /// The temperature.
  public var settings: [(Setting, WritableKeyPath<Self, Double>)] {
    [(.temperature, \.temperature)]
  }

  /// The label's class is one.
  public var refusalOfMixedLabels: String? { "sets the label's class apart from all others" }

  /// The divergence.
  ///
  /// - Parameter inputs: the teacher's logits and the student's.
  /// - Returns: a value an image of the batch.
  public func value(of inputs: LossInputs) -> TermValue {
    let rows = zip(zip(inputs.teacher, inputs.logits(.clean)), inputs.labels).map { pair, label in
      let (teacher, student) = (
        Split(pair.0, label, temperature), Split(pair.1, label, temperature)
      )
      return part == .target
        ? target(teacher, student, label) : others(teacher, student, label)
    }
    return TermValue(rows, at: .clean)
  }

  private func target(_ teacher: Split, _ student: Split, _ label: Int) -> SingleTerm {
    let (inside, outside) = (exp(teacher.inside), exp(teacher.outside))
    let value =
      (inside > 0 ? inside * (teacher.inside - student.inside) : 0)
      + (outside > 0 ? outside * (teacher.outside - student.outside) : 0)
    return SingleTerm(
      value: temperature * temperature * value,
      gradient: student.all.indices.map { column in
        let own = exp(student.all[column])
        return temperature
          * (own - (column == label ? inside : outside * exp(student.others[column])))
      })
  }

  private func others(_ teacher: Split, _ student: Split, _ label: Int) -> SingleTerm {
    var (value, gradient) = (0.0, [Double](repeating: 0, count: student.all.count))
    for column in gradient.indices where column != label {
      let (given, own) = (teacher.others[column], student.others[column])
      if given > -.infinity { value += exp(given) * (given - own) }
      gradient[column] = temperature * (exp(own) - exp(given))
    }
    return SingleTerm(value: temperature * temperature * value, gradient: gradient)
  }
}

/// Logarithms of probabilities, without ever taking one of a difference.
private struct Split {
  /// Of every class.
  let all: [Double]
  /// Of every other class than the label's, as if there were no label's.
  let others: [Double]
  /// Of the label's.
  let inside: Double
  /// Of all others together.
  let outside: Double

  init(_ logits: [Double], _ label: Int, _ temperature: Double) {
    all = logits.logProbabilities(temperature: temperature)
    var rest = logits
    rest[label] = -.infinity
    others = rest.logProbabilities(temperature: temperature)
    inside = all[label]
    let other = label == 0 ? 1 : 0
    outside = all[other] - others[other]
  }
}
