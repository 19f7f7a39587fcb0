/// The squared distance of both networks' similarities of a batch's images, by the size of the batch
/// squared; similarities are inner products of last maps, a row a unit vector.
///
/// Source: Tung & Mori, *Similarity-preserving knowledge distillation*, ICCV 2019.
public struct SimilarityPreserving: FeatureTerm {
  /// `similarity`.
  public static let kind = "similarity"

  /// Creates the term.
  public init() {}

  /// The last stages.
  ///
  /// - Parameters:
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  /// - Throws: ``TrainingError`` where one has none.
  public func open(
    _ student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    try OpenNetwork.readLastStage(of: &student, &teacher)
  }

  /// The distance.
  ///
  /// - Parameter inputs: the last stages.
  /// - Returns: one value.
  public func value(of inputs: LossInputs) -> TermValue {
    let features = Matrix(inputs.features.student[0])
    let (own, lengths) = similarities(features)
    let (given, _) = similarities(Matrix(inputs.features.teacher[0]))
    let size = Double(own.rows * own.rows)
    let difference = own - given
    var slope = Matrix(rows: own.rows, columns: own.rows)
    let outer = (2 / size) * difference
    for row in 0..<own.rows {
      slope.values.replaceSubrange(
        slope.places(ofRow: row),
        with: own.values.slope(
          ofUnit: own.places(ofRow: row), length: lengths[row], outer.values))
    }
    let gradient = (slope + slope.transposed) * features
    return TermValue(
      difference.squaredNorm / size, features: FeatureGradients(student: [gradient.values]))
  }

  private func similarities(_ features: Matrix) -> (Matrix, lengths: [Double]) {
    var gram = features.gram
    let lengths = (0..<gram.rows).map { gram.values.makeUnit(gram.places(ofRow: $0)) }
    return (gram, lengths)
  }
}
