public import Tensors

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

  /// Whether it compares images with others of the training set.
  var comparesImages: Bool { get }

  /// The training images that an image of a batch is compared with.
  ///
  /// - Parameters:
  ///   - index: of the image.
  ///   - images: all that are trained on.
  ///   - random: the image's stream in this step.
  /// - Returns: their indices.
  func partners(of index: Int, among images: TrainingLabels, random: RandomStream) -> [Int]

  /// Changes the term's own tensors after a step.
  ///
  /// - Parameters:
  ///   - inputs: those of the step, without the tensors.
  ///   - tensors: by the name within the term.
  func remember(_ inputs: LossInputs, in tensors: inout [String: Tensor])
}

extension FeatureTerm {
  /// It does, and what it reads inside the teacher too.
  public var needsTeacher: Bool { true }

  /// It does not.
  public var comparesImages: Bool { false }

  /// None.
  ///
  /// - Parameters:
  ///   - index: of the image.
  ///   - images: all that are trained on.
  ///   - random: the image's stream in this step.
  /// - Returns: nothing.
  public func partners(
    of index: Int, among images: TrainingLabels, random: RandomStream
  ) -> [Int] { [] }

  /// Nothing.
  ///
  /// - Parameters:
  ///   - inputs: those of the step.
  ///   - tensors: by the name within the term.
  public func remember(_ inputs: LossInputs, in tensors: inout [String: Tensor]) {}
}

extension Recipe {
  /// Whether a teacher is needed, perhaps only to prepare.
  public var needsTeacher: Bool { stages.contains { $0.loss.needsTeacher } }
}

extension TrainingLoss {
  /// Whether a term reads the insides of networks.
  var readsInside: Bool { terms.contains { $0.term is any FeatureTerm } }

  /// Whether a term compares images with others of the training set.
  public var comparesImages: Bool {
    terms.contains { ($0.term as? any FeatureTerm)?.comparesImages ?? false }
  }
}
