import Foundation
internal import Graphs
internal import Tensors

/// How both networks tell by which image a rotated one was made, from cosines of trained heads'
/// embeddings: first the teacher's head learns it, then the student's to say as the teacher's.
///
/// Source: Xu, Liu, Li & Loy, *Knowledge distillation meets self-supervision*, ECCV 2020, and the
/// program that goes with it.
public struct SelfSupervision: FeatureTerm {
  /// `selfSupervision`.
  public static let kind = "selfSupervision"

  /// Who learns.
  public enum Stage: String, Codable, Hashable, Sendable {
    /// The teacher's head, from the images.
    case teacher
    /// The student and its head, from the teacher's.
    case student
  }

  /// Who learns.
  public var stage: Stage
  /// That of both distributions.
  public var temperature: Double
  /// The share of rotated images that the teacher attributes wrongly and that are kept all the same.
  public var share: Double

  /// Creates a term; without further arguments the published one.
  ///
  /// - Parameters:
  ///   - stage: who learns.
  ///   - temperature: of both distributions.
  ///   - share: of rotated images attributed wrongly that are kept.
  public init(_ stage: Stage, temperature: Double = 0.5, share: Double = 0.75) {
    self.stage = stage
    self.temperature = temperature
    self.share = share
  }

  /// None while the teacher's head learns.
  public var passes: Set<ForwardPass> { stage == .teacher ? [] : [.clean] }

  /// The pooled vectors, with a head of two layers behind each.
  ///
  /// - Parameters:
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  /// - Throws: ``TrainingError`` where one has none.
  public func open(
    _ student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    let name = teacher.name("head_t")
    try teacher.read(try teacher.pooled(), isTrained: stage == .teacher) { builder, pooled in
      [builder.head(pooled, name)]
    }
    if stage == .teacher { return }
    let pooled = try student.pooled()
    student.read(student.builder.head(pooled, student.name("head_s")))
  }

  /// The mean over rotated images.
  ///
  /// - Parameter inputs: embeddings of all rotations.
  /// - Returns: one value.
  public func value(of inputs: LossInputs) -> TermValue {
    let given = Cosines(inputs.features.teacher[0])
    if stage == .teacher {
      let rows = given.values.indices.map { row in
        SingleTerm.crossEntropy(given.values[row], label: row / Rotations.others)
      }
      let count = Double(rows.count)
      return TermValue(
        rows.reduce(0) { $0 + $1.value } / count,
        features: FeatureGradients(
          teacher: [given.gradient(rows.map { $0.gradient.map { $0 / count } })]))
    }
    let own = Cosines(inputs.features.student[0])
    let kept = given.values.keptRows(
      labels: given.values.indices.map { $0 / Rotations.others }, share)
    let divergence = given.values.divergence(to: own.values, at: kept, temperature: temperature)
    return TermValue(
      divergence.value,
      features: FeatureGradients(student: [own.gradient(divergence.gradient)]))
  }
}

extension GraphBuilder {
  fileprivate mutating func head(_ pooled: Value, _ name: String) -> Value {
    let width = pooled.shape.channels
    let inner = relu(linear(pooled, name + ".a", outputs: width), name + ".relu")
    return linear(inner, name + ".b", outputs: width)
  }
}

/// Of each rotated image's embedding with that of each upright one.
private struct Cosines {
  /// A row a rotated image.
  let values: [[Double]]
  private let units: [Double]
  private let lengths: [Double]
  private let width: Int

  init(_ map: FeatureMap) {
    width = map.shape.count
    var units = map.values
    lengths = (0..<map.count).map { units.makeUnit(map.places(of: $0)) }
    self.units = units
    let (width, upright) = (width, Rotations.uprightRows(of: map.count))
    values = Rotations.rotatedRows(of: map.count).map { row in
      upright.map { other in
        (0..<width).reduce(0) { $0 + units[row * width + $1] * units[other * width + $1] }
      }
    }
  }

  /// With respect to the embeddings, for a gradient with respect to cosines.
  func gradient(_ cotangent: [[Double]]) -> [Double] {
    let upright = Rotations.uprightRows(of: lengths.count)
    var slope = [Double](repeating: 0, count: units.count)
    for (row, factors) in zip(Rotations.rotatedRows(of: lengths.count), cotangent) {
      for (other, factor) in zip(upright, factors) where factor != 0 {
        for place in 0..<width {
          slope[row * width + place] += factor * units[other * width + place]
          slope[other * width + place] += factor * units[row * width + place]
        }
      }
    }
    return lengths.indices.flatMap { row in
      units.slope(ofUnit: row * width..<(row + 1) * width, length: lengths[row], slope)
    }
  }
}
