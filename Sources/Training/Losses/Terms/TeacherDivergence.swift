/// T² · KL(teacher ‖ student) on clean images, both at temperature T.
///
/// Source: Hinton, Vinyals & Dean, *Distilling the knowledge in a neural network*, 2015.
public struct TeacherDivergence: LossTerm {
  /// `teacherDivergence`.
  public static let kind = "teacherDivergence"

  /// That of both distributions.
  public var temperature: Double

  /// Creates a term.
  ///
  /// - Parameter temperature: of both distributions.
  public init(temperature: Double) { self.temperature = temperature }

  /// It does.
  public var needsTeacher: Bool { true }

  /// The temperature.
  public var settings: [(Setting, WritableKeyPath<Self, Double>)] {
    [(.temperature, \.temperature)]
  }

  /// The divergence.
  ///
  /// - Parameter inputs: the teacher's logits and the student's.
  /// - Returns: a value an image of the batch.
  public func value(of inputs: LossInputs) -> TermValue {
    let rows = zip(inputs.teacher, inputs.logits(.clean)).map { teacher, student in
      PairTerm.divergence(teacher, student, temperature: temperature)
        .ofSecond(times: temperature * temperature)
    }
    return TermValue(rows, at: .clean)
  }
}
