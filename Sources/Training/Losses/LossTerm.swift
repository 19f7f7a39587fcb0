public import Attacks

/// One summand of a training loss, as a function of the logits of a step's passes.
///
/// A method that is new writes one and names it in its recipe; nothing else lists terms. What a term
/// does not say has the defaults below: the clean pass, no teacher, no settings, nothing remembered.
public protocol LossTerm: Codable, Hashable, Sendable {
  /// Under what files name it.
  static var kind: String { get }

  /// The passes in training mode whose logits it reads.
  var passes: Set<ForwardPass> { get }

  /// Whether it reads a teacher's logits.
  var needsTeacher: Bool { get }

  /// Its numbers that can be set, under their names.
  var settings: [(Setting, WritableKeyPath<Self, Double>)] { get }

  /// Why it cannot be learnt from images of two classes; nil if it can.
  var refusalOfMixedLabels: String? { get }

  /// What weighs classes, for crafting that does as the term does.
  var classWeights: DecoupledDivergence.ClassWeights? { get }

  /// The term in another form.
  ///
  /// - Parameter form: what is changed.
  /// - Returns: nil where it has none such.
  func changed(_ form: LossForm) -> Self?

  /// The term within a small budget.
  ///
  /// - Parameter steps: how many inner steps it may take at most.
  /// - Returns: the same, where it takes none.
  func taking(atMost steps: Int) -> Self

  /// Computes the term and its derivatives, in double precision.
  ///
  /// - Parameter inputs: what the passes and the teacher gave.
  /// - Returns: a value an image.
  func value(of inputs: LossInputs) -> TermValue

  /// Remembers what the next epoch needs.
  ///
  /// - Parameters:
  ///   - inputs: those of a step that was taken.
  ///   - means: of every class, where ``classWeights`` asks for them.
  func remember(_ inputs: LossInputs, in means: inout ClassMeans)
}

/// A change of a loss that is no number.
public enum LossForm: Hashable, Sendable {
  /// Whether class means weigh a squared error.
  case classMeans(Bool)
  /// Whether that error pulls at both images' logits.
  case bothLogits(Bool)
  /// As whom images are made.
  case preset(RecipeChanges.Preset)
  /// Where lengths of made images are measured.
  case space(InputSpace)
}

extension LossTerm {
  /// The clean pass.
  public var passes: Set<ForwardPass> { [.clean] }
  /// None.
  public var needsTeacher: Bool { false }
  /// None.
  public var settings: [(Setting, WritableKeyPath<Self, Double>)] { [] }
  /// None: a label is all that is known of an image.
  public var refusalOfMixedLabels: String? { nil }
  /// Nothing.
  public var classWeights: DecoupledDivergence.ClassWeights? { nil }

  /// None.
  ///
  /// - Parameter form: what is changed.
  /// - Returns: nil.
  public func changed(_ form: LossForm) -> Self? { nil }

  /// The same.
  ///
  /// - Parameter steps: how many inner steps it may take at most.
  /// - Returns: the same.
  public func taking(atMost steps: Int) -> Self { self }

  /// Nothing.
  ///
  /// - Parameters:
  ///   - inputs: those of a step that was taken.
  ///   - means: of every class.
  public func remember(_ inputs: LossInputs, in means: inout ClassMeans) {}

  /// The term with another number; nil where it has none such.
  func setting(_ setting: Setting, to value: Double) -> Self? {
    let paths = settings.filter { $0.0 == setting }.map(\.1)
    if paths.isEmpty { return nil }
    var result = self
    for path in paths { result[keyPath: path] = value }
    return result
  }

  /// Its numbers that can be set, as they are.
  var numbers: [(Setting, Double)] { settings.map { ($0, self[keyPath: $1]) } }
}
