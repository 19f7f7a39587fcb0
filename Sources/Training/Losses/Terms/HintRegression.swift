internal import Graphs
internal import Tensors

/// The mean squared error of a trained regressor behind the student's second stage against the
/// teacher's.
///
/// Source: Romero et al., *FitNets: hints for thin deep nets*, ICLR 2015, trained with the
/// cross-entropy at once, as in RepDistiller.
public struct HintRegression: FeatureTerm {
  /// `hint`.
  public static let kind = "hint"

  /// The tap that is compared.
  public var tap: Int

  /// Creates a term.
  ///
  /// - Parameter tap: which is compared.
  public init(tap: Int = 2) { self.tap = tap }

  /// The stage, with a regressor at the student's.
  ///
  /// - Parameters:
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  /// - Throws: ``TrainingError`` where there is no such tap.
  public func open(
    _ student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    let target = try teacher.tap(tap)
    let fitted = try student.regressor(
      "regressor", from: try student.tap(tap), to: target.shape, activated: true)
    student.read(fitted)
    teacher.read(target)
  }

  /// The error.
  ///
  /// - Parameter inputs: the regressor's and the teacher's maps.
  /// - Returns: one value.
  public func value(of inputs: LossInputs) -> TermValue {
    .meanSquaredError(inputs.features)
  }
}

extension TermValue {
  /// The mean of squared differences of the student's first map to the teacher's.
  static func meanSquaredError(_ features: TermFeatures) -> TermValue {
    let differences = zip(features.student[0].values, features.teacher[0].values).map { $0 - $1 }
    let size = Double(differences.count)
    return TermValue(
      differences.reduce(0) { $0 + $1 * $1 } / size,
      features: FeatureGradients(student: [differences.map { 2 * $0 / size }]))
  }
}

extension OpenNetwork {
  /// A convolution that brings a map to another shape, and a batch normalisation.
  ///
  /// Half the side by steps of two, otherwise by a kernel that is just as much larger.
  mutating func regressor(
    _ name: String, from map: Value, to shape: FeatureShape, activated: Bool
  ) throws(TrainingError) -> Value {
    let (name, sides) = (self.name(name), (map.shape.height, shape.height))
    var x = map
    if sides.0 == 2 * sides.1 {
      x = builder.convolution(
        x, name + ".conv", channels: shape.channels, kernel: 3, stride: 2, padding: Padding(1),
        bias: .present)
    } else if sides.0 >= sides.1 {
      x = builder.convolution(
        x, name + ".conv", channels: shape.channels, kernel: 1 + sides.0 - sides.1, bias: .present)
    } else {
      throw TrainingError(
        place: name,
        problem: "the student's map is \(map.shape) and the teacher's \(shape); no convolution "
          + "makes a map larger, so take a teacher with smaller maps or another method")
    }
    x = builder.batchNorm(x, name + ".bn")
    return activated ? builder.relu(x, name + ".relu") : x
  }
}
