/// A term of a loss that reads the insides of student and teacher.
///
/// Before training it lays both networks open: it says which taps it reads, and puts layers of its
/// own behind them, which are trained with the student and are no part of it. Then its value is a
/// function of what it asked for, ``LossInputs/features``.
public protocol FeatureTerm: LossTerm {
  /// Says what is read, and adds layers.
  ///
  /// - Parameters:
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  /// - Throws: ``TrainingError`` where the two do not fit together.
  func open(_ student: inout OpenNetwork, _ teacher: inout OpenNetwork) throws(TrainingError)
}

extension FeatureTerm {
  /// It does, and what it reads inside the teacher too.
  public var needsTeacher: Bool { true }
}

extension TrainingLoss {
  /// Whether a term reads the insides of networks.
  var readsInside: Bool { terms.contains { $0.term is any FeatureTerm } }
}
