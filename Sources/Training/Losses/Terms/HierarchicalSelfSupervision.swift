internal import Graphs
internal import Tensors

/// What classifiers behind every stage say of an image's class and rotation at once: first the
/// teacher's learn it, then the student's, and its logits, to say as the teacher's.
///
/// Source: Yang, An, Cai & Xu, *Hierarchical self-supervised augmented knowledge distillation*, IJCAI
/// 2021.
public struct HierarchicalSelfSupervision: FeatureTerm {
  /// `hierarchicalSelfSupervision`.
  public static let kind = "hierarchicalSelfSupervision"

  /// Who learns.
  public enum Stage: String, Codable, Hashable, Sendable {
    /// The teacher's branches, from the images.
    case teacher
    /// The student and its branches, from the teacher's.
    case student
  }

  /// Who learns.
  public var stage: Stage
  /// That of all distributions.
  public var temperature: Double

  /// Creates a term.
  ///
  /// - Parameters:
  ///   - stage: who learns.
  ///   - temperature: of all distributions.
  public init(_ stage: Stage, temperature: Double = 3) {
    self.stage = stage
    self.temperature = temperature
  }

  /// The temperature.
  public var settings: [(Setting, WritableKeyPath<Self, Double>)] {
    [(.temperature, \.temperature)]
  }

  /// A joint class has one label.
  public var refusalOfMixedLabels: String? { "joins an image's one class with its rotation" }

  /// None while the teacher's branches learn.
  public var passes: Set<ForwardPass> { stage == .teacher ? [] : [.clean] }

  /// Branches behind all stages, and the logits.
  ///
  /// - Parameters:
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  /// - Throws: ``TrainingError`` where a network is not a residual one, or has more stages.
  public func open(
    _ student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    let stages = try teacher.stages()
    guard try student.stages() == stages else {
      throw TrainingError(
        .teacher,
        problem: "it has \(stages.upperBound) stages and the student "
          + "\(try student.stages().upperBound), and branches are compared stage by stage; name "
          + "another one")
    }
    let outputs = Rotations.count * student.logits.shape.channels
    for number in stages {
      let (own, network) = ("e\(number)", teacher)
      let name = teacher.name("aux_t.\(own)")
      try teacher.read(try teacher.tap(number), isTrained: stage == .teacher) {
        (builder, map) throws(TrainingError) in
        [try network.branch(behind: number, from: map, outputs: outputs, name, in: &builder)]
      }
      if stage == .teacher { continue }
      var builder = student.builder
      let branch = try student.branch(
        behind: number, from: try student.tap(number), outputs: outputs,
        student.name("aux_s.\(own)"), in: &builder)
      student.builder = builder
      student.read(branch)
    }
    if stage == .teacher { return }
    student.read(student.logits)
    teacher.read(teacher.logits)
  }

  /// The sum over branches, and of the logits.
  ///
  /// - Parameter inputs: what they say of all rotations.
  /// - Returns: one value.
  public func value(of inputs: LossInputs) -> TermValue {
    let features = inputs.features
    var total = 0.0
    var gradients = FeatureGradients()
    for (number, given) in features.teacher.enumerated() {
      if stage == .teacher {
        let rows = given.rows.enumerated().map { row, logits in
          let (image, rotation) = row.quotientAndRemainder(dividingBy: Rotations.count)
          return SingleTerm.crossEntropy(
            logits, label: Rotations.count * inputs.labels[image] + rotation)
        }
        let share = 1 / Double(rows.count)
        total += share * rows.reduce(0) { $0 + $1.value }
        gradients.teacher.append(rows.flatMap { $0.gradient.map { share * $0 } })
      } else {
        let own = features.student[number].rows
        let divergence = given.rows.divergence(
          to: own, at: Array(own.indices), temperature: temperature)
        total += divergence.value
        gradients.student.append(divergence.gradient.flatMap { $0 })
      }
    }
    return TermValue(total, features: gradients)
  }
}
