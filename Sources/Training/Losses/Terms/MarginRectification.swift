import Foundation
internal import Graphs
internal import Tensors

/// Σ over the ends of stages of squared distances of connectors behind the student's values before
/// activations to the teacher's, none below the mean of its negative ones, where it matters.
///
/// Source: Heo, Kim, Yun, Park, Kwak & Choi, *A comprehensive overhaul of feature distillation*,
/// ICCV 2019; the teacher in evaluation mode.
public struct MarginRectification: FeatureTerm {
  /// `marginRectification`.
  public static let kind = "marginRectification"

  /// Creates the term.
  public init() {}

  /// What stands before the last activations of stages, paired from the last on, with connectors.
  ///
  /// - Parameters:
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  /// - Throws: ``TrainingError`` where one has none.
  public func open(
    _ student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    let (own, given) = (try student.stages().upperBound, try teacher.stages().upperBound)
    let pairs = min(own, given)
    for number in 0..<pairs {
      let (ours, theirs) = (own - pairs + 1 + number, given - pairs + 1 + number)
      let target = try teacher.tap(before: theirs)
      let name = student.name("c.\(number)")
      let map = student.builder.convolution(
        try student.tap(before: ours), name + ".0", channels: target.shape.channels, kernel: 1)
      student.begin(
        "c.\(number).0.weight",
        .normal(deviation: (2 / Float(target.shape.channels)).squareRoot()))
      student.read(student.builder.batchNorm(map, name + ".1"))
      teacher.read(target)
      let (weights, biases) = try teacher.normalization(before: theirs)
      student.keep(
        "margin.\(number)", [weights.count],
        beginning: .values(zip(weights, biases).map { Self.margin($0, $1) }))
    }
  }

  /// The mean of the negative part of a normal distribution; three deviations below 0 where it has
  /// nearly none.
  static func margin(_ weight: Float, _ bias: Float) -> Float {
    let (deviation, mean) = (Double(abs(weight)), Double(bias))
    let bound = -mean / deviation
    let below = erfc(-bound / 2.0.squareRoot()) / 2
    if below <= 0.001 { return Float(-3 * deviation) }
    let density = exp(-bound * bound / 2) / (2 * Double.pi).squareRoot()
    return Float(mean - deviation * density / below)
  }

  /// The sum over stages, of which each has half the factor of the next.
  ///
  /// - Parameter inputs: connected maps and the teacher's.
  /// - Returns: one value.
  public func value(of inputs: LossInputs) -> TermValue {
    var total = 0.0
    var gradients = FeatureGradients()
    let features = inputs.features
    for (number, map) in features.student.enumerated() {
      let target = features.teacher[number].resized(toSizeOf: map)
      let margins = (features.tensors["margin.\(number)"]?.elements ?? []).map { Double($0) }
      let factor =
        pow(2, Double(number - features.student.count + 1)) / Double(map.count)
      gradients.student.append(
        map.values.indices.map { place in
          let given = target.values[place]
          let margin = margins[place / map.shape.area % map.shape.channels]
          let distance = map.values[place] - max(given, margin)
          guard distance > 0 || given > 0 else { return 0 }
          total += factor * distance * distance
          return 2 * factor * distance
        })
    }
    return TermValue(total, features: gradients)
  }
}
