internal import Foundation
internal import Graphs

/// How far the student's values before activations are from the side, active or not, on which the
/// teacher's are, and a margin beyond.
///
/// Source: Heo, Lee, Yun & Choi, *Knowledge transfer via distillation of activation boundaries formed
/// by hidden neurons*, AAAI 2019, with the factors of RepDistiller.
public struct ActivationBoundaries: FeatureTerm {
  /// `activationBoundaries`.
  public static let kind = "activationBoundaries"

  /// The margin.
  public var margin: Double

  /// Creates a term.
  ///
  /// - Parameter margin: beyond the boundary.
  public init(margin: Double = 1) { self.margin = margin }

  /// What stands before the last activations of stages, with connectors where shapes differ.
  ///
  /// - Parameters:
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  /// - Throws: ``TrainingError`` where one has none.
  public func open(
    _ student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    let last = min(try student.stages().upperBound, try teacher.stages().upperBound)
    for number in 1...last {
      let target = try teacher.tap(before: number)
      var own = try student.tap(before: number)
      if own.shape != target.shape {
        own = try student.regressor(
          "connector.\(number - 1)", from: own, to: target.shape, activated: false)
      }
      student.read(own)
      teacher.read(target)
    }
  }

  /// The sum over stages, of which each has half the factor of the next.
  ///
  /// - Parameter inputs: what stands before activations.
  /// - Returns: one value.
  public func value(of inputs: LossInputs) -> TermValue {
    let (own, given) = (inputs.features.student, inputs.features.teacher)
    var total = 0.0
    var gradients = FeatureGradients()
    for (number, maps) in zip(own, given).enumerated() {
      let factor =
        pow(2, Double(number - own.count + 1)) * 3 / 1000 / Double(maps.0.count)
      gradients.student.append(
        zip(maps.0.values, maps.1.values).map { value, target in
          let distance =
            target > 0
            ? (value <= margin ? value - margin : 0) : (value > -margin ? value + margin : 0)
          total += factor * distance * distance
          return 2 * factor * distance
        })
    }
    return TermValue(total, features: gradients)
  }
}
