import Foundation

/// The mean of P log(P/Q) over pairs of a batch's images, P the teacher's and Q the student's
/// probabilities that one is near the other: (cos + 1)/2 of pooled vectors, a row's sum being 1.
///
/// Source: Passalis & Tefas, *Learning deep representations with probabilistic knowledge transfer*,
/// ECCV 2018; the mean, which the published weight belongs to, as in RepDistiller.
public struct ProbabilisticTransfer: FeatureTerm {
  /// `probabilisticTransfer`.
  public static let kind = "probabilisticTransfer"

  private static let smallest = 1e-7

  /// Creates the term.
  public init() {}

  /// The pooled vectors.
  ///
  /// - Parameters:
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  /// - Throws: ``TrainingError`` where one has none.
  public func open(
    _ student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    try OpenNetwork.readPooled(of: &student, &teacher)
  }

  /// The mean.
  ///
  /// - Parameter inputs: the pooled vectors.
  /// - Returns: one value.
  public func value(of inputs: LossInputs) -> TermValue {
    let features = Matrix(inputs.features.student[0])
    let own = Neighbourhood(features, Self.smallest)
    let given = Neighbourhood(Matrix(inputs.features.teacher[0]), Self.smallest)
    let size = Double(own.shares.values.count)
    var value = 0.0
    var slope = own.shares
    for (place, pair) in zip(given.shares.values, own.shares.values).enumerated() {
      let (p, q) = (pair.0 + Self.smallest, pair.1 + Self.smallest)
      value += pair.0 * log(p / q) / size
      slope.values[place] = -pair.0 / q / size
    }
    return TermValue(
      value, features: FeatureGradients(student: [own.gradient(slope, features).values]))
  }
}

/// Who is near whom in a batch.
private struct Neighbourhood {
  private let units: Matrix
  private let lengths: [Double]
  private let sums: [Double]
  /// Rows of sum 1.
  let shares: Matrix
  private let smallest: Double

  init(_ features: Matrix, _ smallest: Double) {
    self.smallest = smallest
    var units = features
    lengths = (0..<features.rows).map { row in
      let places = features.places(ofRow: row)
      let length = places.reduce(0) { $0 + units.values[$1] * units.values[$1] }.squareRoot()
      for place in places { units.values[place] /= length + smallest }
      return length
    }
    self.units = units
    var shares = units.gram
    for place in shares.values.indices { shares.values[place] = (shares.values[place] + 1) / 2 }
    sums = (0..<shares.rows).map { row in
      let places = shares.places(ofRow: row)
      let sum = places.reduce(0) { $0 + shares.values[$1] }
      for place in places { shares.values[place] /= sum }
      return sum
    }
    self.shares = shares
  }

  /// The gradient with respect to the features, for one with respect to the shares.
  func gradient(_ slope: Matrix, _ features: Matrix) -> Matrix {
    var similarity = slope
    for row in 0..<slope.rows {
      let places = slope.places(ofRow: row)
      let mean = places.reduce(0) { $0 + slope.values[$1] * shares.values[$1] }
      for place in places {
        similarity.values[place] = (slope.values[place] - mean) / sums[row] / 2
      }
    }
    let unit = (similarity + similarity.transposed) * units
    var result = unit
    for row in 0..<unit.rows {
      let (length, places) = (lengths[row], unit.places(ofRow: row))
      let along = places.reduce(0) { $0 + unit.values[$1] * features.values[$1] }
      let divisor = length + smallest
      for place in places {
        // Nothing moves a vector of zeros, whose direction is none.
        result.values[place] =
          length == 0
          ? 0
          : unit.values[place] / divisor - features.values[place] * along
            / (length * divisor * divisor)
      }
    }
    return result
  }
}
