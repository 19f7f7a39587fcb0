internal import Foundation
internal import Tensors

/// The two directions in which points differ most.
struct PrincipalComponents {
  /// The points' coordinates along them, x and y by turns.
  let coordinates: [Double]

  /// Finds the directions by subspace iteration from a fixed start.
  ///
  /// - Parameter points: at least one. O(points · dimensions² + 500 · dimensions²).
  init(of points: Points) {
    let (count, dimensions) = (points.count, points.dimensions)
    var means = [Double](repeating: 0, count: dimensions)
    for point in 0..<count {
      for (place, value) in points[point].enumerated() { means[place] += value }
    }
    means = means.map { $0 / Double(count) }
    var covariance = [Double](repeating: 0, count: dimensions * dimensions)
    for point in 0..<count {
      let centred = zip(points[point], means).map { $0 - $1 }
      for row in 0..<dimensions where centred[row] != 0 {
        for column in 0...row {
          covariance[row * dimensions + column] += centred[row] * centred[column]
        }
      }
    }
    for row in 0..<dimensions {
      for column in 0..<row {
        covariance[column * dimensions + row] = covariance[row * dimensions + column]
      }
    }
    let axes = Self.axes(of: covariance, dimensions)
    coordinates = (0..<count).flatMap { point -> [Double] in
      axes.map { axis in
        zip(zip(points[point], means), axis).reduce(0) { $0 + ($1.0.0 - $1.0.1) * $1.1 }
      }
    }
  }

  /// Scaled so that the first coordinate deviates by 1e-4, as a map to begin with.
  var start: [Double] {
    let xs = stride(from: 0, to: coordinates.count, by: 2).map { coordinates[$0] }
    let mean = xs.reduce(0, +) / Double(xs.count)
    let deviation =
      (xs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(xs.count)).squareRoot()
    return coordinates.map { deviation > 0 ? $0 / deviation * 1e-4 : 0 }
  }

  private static func axes(of covariance: [Double], _ dimensions: Int) -> [[Double]] {
    var random = RandomStream(seed: 0).forked("principal components")
    // More than two directions, so that the first two are soon found where a third is nearly as long.
    var axes = (0..<min(8, dimensions)).map { _ in
      (0..<dimensions).map { _ in Double(random.uniform(in: -1..<1)) }
    }
    for _ in 0..<300 {
      axes = orthonormal(axes.map { axis in product(covariance, axis, dimensions) })
    }
    var pair = Array(axes.prefix(2)).map { axis -> [Double] in
      let largest = axis.max { abs($0) < abs($1) } ?? 1
      return largest < 0 ? axis.map { -$0 } : axis
    }
    while pair.count < 2 { pair.append([Double](repeating: 0, count: dimensions)) }
    return pair
  }

  private static func product(
    _ matrix: [Double], _ vector: [Double], _ dimensions: Int
  ) -> [Double] {
    (0..<dimensions).map { row in
      var sum = 0.0
      for column in 0..<dimensions { sum += matrix[row * dimensions + column] * vector[column] }
      return sum
    }
  }

  /// Gram and Schmidt's, twice for accuracy; a vector that vanishes stays zero.
  private static func orthonormal(_ vectors: [[Double]]) -> [[Double]] {
    var result: [[Double]] = []
    for vector in vectors {
      var vector = vector
      for _ in 0..<2 {
        for other in result {
          let part = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
          for place in vector.indices { vector[place] -= part * other[place] }
        }
      }
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      result.append(length > 1e-300 ? vector.map { $0 / length } : vector.map { _ in 0 })
    }
    return result
  }
}
