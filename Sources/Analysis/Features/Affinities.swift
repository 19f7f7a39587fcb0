internal import Foundation

/// How likely points are each other's neighbours in the space of features: t-SNE's P.
///
/// Source: van der Maaten & Hinton, *Visualizing data using t-SNE*, JMLR 2008, section 2.
public struct Affinities: Sendable {
  /// The precisions β = 1/(2σ²) of the points' Gaussians.
  public let precisions: [Double]
  /// p(j|i), row i.
  public let conditional: [Double]
  /// (p(j|i) + p(i|j)) / 2n.
  public let joint: [Double]
  /// How many points there are.
  public let count: Int

  /// Finds the precision of each point by which its neighbours' entropy is the perplexity's.
  ///
  /// - Parameters:
  ///   - points: at least three.
  ///   - perplexity: above 1 and below the number of points less one.
  ///   - threads: how many compute; they change no bit.
  public init(_ points: Points, perplexity: Double, threads: Int) {
    let count = points.count
    precondition(
      perplexity > 1 && perplexity < Double(count - 1), "a perplexity is a number of neighbours")
    let distances = points.squaredDistances(threads: threads)
    // A row of the table: p(j|i), and last the precision.
    let rows = Rows.computed(count, of: count + 1, threads: threads) { point, row in
      let own = Array(distances[point * count..<(point + 1) * count])
      row[count] = Self.fill(row, own, point, entropy: log(perplexity))
    }
    precisions = (0..<count).map { rows[$0 * (count + 1) + count] }
    let conditional = (0..<count).flatMap { rows[$0 * (count + 1)..<$0 * (count + 1) + count] }
    joint = Rows.computed(count, of: count, threads: threads) { point, row in
      for other in 0..<count {
        row[other] =
          (conditional[point * count + other] + conditional[other * count + point])
          / Double(2 * count)
      }
    }
    self.conditional = conditional
    self.count = count
  }

  /// Fills a row and returns its precision: Newton's steps on log β, kept in a bracket.
  private static func fill(
    _ row: UnsafeMutableBufferPointer<Double>, _ distances: [Double], _ point: Int, entropy: Double
  ) -> Double {
    let count = distances.count
    var nearest = Double.infinity
    for other in 0..<count where other != point { nearest = min(nearest, distances[other]) }
    var mean = 0.0
    for other in 0..<count where other != point { mean += distances[other] - nearest }
    mean /= Double(count - 1)
    // All others at one distance: every precision gives the same row.
    if mean == 0 { mean = 1 }
    var (low, high) = (-Double.infinity, Double.infinity)
    var logarithm = -log(mean)
    for _ in 0..<200 {
      let precision = exp(logarithm)
      var (sum, first, second) = (0.0, 0.0, 0.0)
      for other in 0..<count where other != point {
        let distance = distances[other] - nearest
        let weight = exp(-precision * distance)
        row[other] = weight
        sum += weight
        first += weight * distance
        second += weight * distance * distance
      }
      let average = first / sum
      let excess = log(sum) + precision * average - entropy
      if abs(excess) < 1e-13 { break }
      if excess > 0 { low = logarithm } else { high = logarithm }
      // dH/d(log β) = −β² times the variance of the distances.
      let slope = -precision * precision * (second / sum - average * average)
      var next = logarithm - excess / slope
      if !(next > low && next < high) || !next.isFinite {
        next =
          low.isFinite && high.isFinite
          ? (low + high) / 2 : low.isFinite ? low + 2 : logarithm - 2
      }
      if next == logarithm { break }
      logarithm = next
    }
    var sum = 0.0
    for other in 0..<count where other != point { sum += row[other] }
    for other in 0..<count { row[other] = other == point ? 0 : row[other] / sum }
    return exp(logarithm)
  }
}
