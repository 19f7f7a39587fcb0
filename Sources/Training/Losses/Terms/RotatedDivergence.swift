/// T² · KL(teacher ‖ student) on rotated images, those whose class the teacher knows and a share of
/// the others.
///
/// Source: Xu, Liu, Li & Loy, *Knowledge distillation meets self-supervision*, ECCV 2020.
public struct RotatedDivergence: FeatureTerm {
  /// `rotatedDivergence`.
  public static let kind = "rotatedDivergence"

  /// That of both distributions.
  public var temperature: Double
  /// The share of rotated images that the teacher classifies wrongly and that are kept all the same.
  public var share: Double

  /// Creates a term; without arguments the published one.
  ///
  /// - Parameters:
  ///   - temperature: of both distributions.
  ///   - share: of rotated images classified wrongly that are kept.
  public init(temperature: Double = 4, share: Double = 1) {
    self.temperature = temperature
    self.share = share
  }

  /// The temperature.
  public var settings: [(Setting, WritableKeyPath<Self, Double>)] {
    [(.temperature, \.temperature)]
  }

  /// Rotated images have one class.
  public var refusalOfMixedLabels: String? { "asks whether the teacher knows an image's one class" }

  /// The logits of all rotations.
  ///
  /// - Parameters:
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  public func open(_ student: inout OpenNetwork, _ teacher: inout OpenNetwork) {
    student.read(student.logits)
    teacher.read(teacher.logits)
  }

  /// The mean over the images that are kept.
  ///
  /// - Parameter inputs: the logits of all rotations.
  /// - Returns: one value.
  public func value(of inputs: LossInputs) -> TermValue {
    let (own, given) = (inputs.features.student[0], inputs.features.teacher[0])
    let rows = Rotations.rotatedRows(of: own.count)
    let logits = [own, given].map { map in rows.map { Array(map.values[map.places(of: $0)]) } }
    let kept = logits[1].keptRows(labels: rows.map { inputs.labels[$0 / Rotations.count] }, share)
    let divergence = logits[1].divergence(to: logits[0], at: kept, temperature: temperature)
    var gradient = [Double](repeating: 0, count: own.values.count)
    for (row, slope) in zip(rows, divergence.gradient) {
      gradient.replaceSubrange(own.places(of: row), with: slope)
    }
    return TermValue(divergence.value, features: FeatureGradients(student: [gradient]))
  }
}
