/// Σ over the ends of stages of the maximum mean discrepancy of both networks' channels, each a unit
/// vector over pixels, under the squared inner product.
///
/// Source: Huang & Wang, *Like what you like: knowledge distill via neuron selectivity transfer*,
/// 2017; means over channels as in RepDistiller.
public struct NeuronSelectivity: FeatureTerm {
  /// `neuronSelectivity`.
  public static let kind = "neuronSelectivity"

  /// Creates the term.
  public init() {}

  /// The ends of stages of both networks, as many as both have.
  ///
  /// - Parameters:
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  /// - Throws: ``TrainingError`` where one has none.
  public func open(
    _ student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    try OpenNetwork.readStages(of: &student, &teacher)
  }

  /// The sum over stages.
  ///
  /// - Parameter inputs: the ends of stages.
  /// - Returns: one value.
  public func value(of inputs: LossInputs) -> TermValue {
    .sum(overPairsOf: inputs.features) { student, teacher in
      var (value, gradient) = (0.0, [Double]())
      gradient.reserveCapacity(student.values.count)
      for image in 0..<student.count {
        let (part, slope) = discrepancy(
          student.channels(of: image), teacher.channels(of: image), images: Double(student.count))
        value += part
        gradient += slope
      }
      return (value, gradient)
    }
  }

  private func discrepancy(
    _ student: Matrix, _ teacher: Matrix, images: Double
  ) -> (Double, [Double]) {
    var (own, given) = (student, teacher)
    let lengths = (0..<own.rows).map { own.values.makeUnit(own.places(ofRow: $0)) }
    for row in 0..<given.rows { _ = given.values.makeUnit(given.places(ofRow: row)) }
    let (n, m) = (Double(own.rows), Double(given.rows))
    var (value, outer) = (0.0, own)
    if own.columns < own.rows {
      // ‖XYᵀ‖² = ⟨XᵀX, YᵀY⟩: pixels by pixels where those are fewer.
      let (ours, theirs) = (own.transposed.gram, given.transposed.gram)
      let difference = (1 / n) * ours - (1 / m) * theirs
      value = difference.squaredNorm
      outer = (4 / n / images) * (own * difference)
    } else {
      let (within, between) = (own.gram, own * given.transposed)
      value =
        within.squaredNorm / (n * n) + given.gram.squaredNorm / (m * m)
        - 2 * between.squaredNorm / (n * m)
      outer =
        (4 / (n * n) / images) * (within * own) - (4 / (n * m) / images) * (between * given)
    }
    return (
      value / images,
      (0..<own.rows).flatMap { row in
        own.values.slope(ofUnit: own.places(ofRow: row), length: lengths[row], outer.values)
      }
    )
  }
}
