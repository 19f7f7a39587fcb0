/// Differences of both networks' relations within a batch: 25 times those of distances of pooled
/// vectors, and 50 times those of the angles that any two of them make at a third.
///
/// Source: Park, Kim, Lu & Cho, *Relational knowledge distillation*, CVPR 2019, factors as in
/// RepDistiller.
public struct RelationalDistillation: FeatureTerm {
  /// `relational`.
  public static let kind = "relational"

  /// The factor of distances.
  public var distance: Double
  /// The factor of angles.
  public var angle: Double

  /// Vectors whose squared distance is smaller count as equal: no gradient goes through them.
  static let smallest = 1e-12

  /// Creates a term.
  ///
  /// - Parameters:
  ///   - distance: the factor of distances.
  ///   - angle: the factor of angles.
  public init(distance: Double = 25, angle: Double = 50) {
    self.distance = distance
    self.angle = angle
  }

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

  /// The sum.
  ///
  /// - Parameter inputs: the pooled vectors.
  /// - Returns: one value.
  public func value(of inputs: LossInputs) -> TermValue {
    let features = Matrix(inputs.features.student[0])
    let (own, given) = (features.gram, Matrix(inputs.features.teacher[0]).gram)
    var slope = Matrix(rows: own.rows, columns: own.rows)
    let value =
      distance * distances(own, given, &slope) + angle * angles(own, given, &slope)
    let gradient = (slope + slope.transposed) * features
    return TermValue(value, features: FeatureGradients(student: [gradient.values]))
  }

  /// The mean difference of distances in parts of their mean; adds the gradient with respect to the
  /// student's inner products.
  func distances(_ own: Matrix, _ given: Matrix, _ slope: inout Matrix) -> Double {
    let (ours, theirs) = (Distances(own), Distances(given))
    let size = Double(own.values.count)
    var (value, along) = (0.0, 0.0)
    var outer = Matrix(rows: own.rows, columns: own.rows)
    for place in own.values.indices {
      let difference =
        ours.values.values[place] / ours.mean - theirs.values.values[place] / theirs.mean
      let (part, derivative) = Self.smoothed(difference)
      value += part / size
      outer.values[place] = derivative / size
      along += derivative / size * ours.values.values[place]
    }
    let common = ours.count == 0 ? 0 : along / (ours.mean * ours.mean * Double(ours.count))
    for i in 0..<own.rows {
      for j in 0..<own.rows where i != j && !ours.isClamped(i, j) {
        let length = ours.values[i, j]
        let square = distance * (outer[i, j] / ours.mean - common) / (2 * length)
        slope[i, i] += square
        slope[j, j] += square
        slope[i, j] -= 2 * square
      }
    }
    return value
  }

  /// The mean difference of cosines; adds the gradient with respect to the student's inner products.
  func angles(_ own: Matrix, _ given: Matrix, _ slope: inout Matrix) -> Double {
    let size = Double(own.rows * own.rows * own.rows)
    var value = 0.0
    for corner in 0..<own.rows {
      let (ours, theirs) = (Corner(own, at: corner), Corner(given, at: corner))
      var outer = Matrix(rows: own.rows, columns: own.rows)
      for place in outer.values.indices {
        let (part, derivative) = Self.smoothed(
          ours.cosines.values[place] - theirs.cosines.values[place])
        value += part / size
        outer.values[place] = angle * derivative / size
      }
      ours.add(outer, to: &slope)
    }
    return value
  }

  /// ½x² below 1, |x| − ½ above, and its derivative.
  static func smoothed(_ x: Double) -> (Double, Double) {
    abs(x) < 1 ? (x * x / 2, x) : (abs(x) - 0.5, x < 0 ? -1 : 1)
  }
}

/// Distances between vectors of known inner products.
private struct Distances {
  let values: Matrix
  let mean: Double
  /// Of the distances that the mean is over.
  let count: Int

  init(_ gram: Matrix) {
    var values = Matrix(rows: gram.rows, columns: gram.rows)
    for i in 0..<gram.rows {
      for j in 0..<gram.rows where i != j {
        let square = gram[i, i] + gram[j, j] - 2 * gram[i, j]
        values[i, j] = max(square, RelationalDistillation.smallest).squareRoot()
      }
    }
    count = values.values.count { $0 > 0 }
    // One image has no distance.
    mean = count == 0 ? 1 : values.values.reduce(0, +) / Double(count)
    self.values = values
  }

  /// Whether two vectors are as good as equal.
  func isClamped(_ i: Int, _ j: Int) -> Bool {
    values[i, j] * values[i, j] <= RelationalDistillation.smallest
  }
}

/// The cosines of angles at one vector between the directions to all.
private struct Corner {
  private let gram: Matrix
  private let corner: Int
  /// 1/length of each direction; 0 where there is none.
  private let inverse: [Double]
  let cosines: Matrix

  init(_ gram: Matrix, at corner: Int) {
    self.gram = gram
    self.corner = corner
    let size = gram.rows
    let inverse = (0..<size).map { j -> Double in
      let square = gram[j, j] - 2 * gram[corner, j] + gram[corner, corner]
      return square <= RelationalDistillation.smallest ? 0 : 1 / square.squareRoot()
    }
    var cosines = Matrix(rows: size, columns: size)
    for j in 0..<size where inverse[j] > 0 {
      for k in 0..<size {
        let product = gram[j, k] - gram[corner, j] - gram[corner, k] + gram[corner, corner]
        cosines[j, k] = product * inverse[j] * inverse[k]
      }
    }
    self.cosines = cosines
    self.inverse = inverse
  }

  /// Adds the gradient with respect to inner products, for one with respect to cosines.
  func add(_ outer: Matrix, to slope: inout Matrix) {
    let size = gram.rows
    for j in 0..<size where inverse[j] > 0 {
      var (along, row) = (0.0, 0.0)
      for k in 0..<size {
        let product = outer[j, k] * inverse[j] * inverse[k]
        along += (outer[j, k] + outer[k, j]) * cosines[j, k]
        slope[j, k] += product
        slope[corner, k] -= product
        row += product
      }
      // The length of the direction itself: cosines fall as it grows.
      let length = -along / 2 * inverse[j] * inverse[j]
      slope[j, j] += length
      slope[corner, j] -= row + 2 * length
      slope[corner, corner] += row + length
    }
  }
}
