internal import Tensors

/// How a step takes each image in four rotations, one after another, the upright one first.
public enum Rotations: String, Codable, Hashable, Sendable {
  /// An image is cropped and then rotated.
  case afterCrop = "after-crop"
  /// A rotated image is cropped, each rotation in its own way.
  case beforeCrop = "before-crop"

  /// How many there are.
  static let count = 4
  /// How many are not upright.
  static let others = 3

  static func uprightRows(of rows: Int) -> [Int] { Array(stride(from: 0, to: rows, by: count)) }

  static func rotatedRows(of rows: Int) -> [Int] {
    (0..<rows).filter { !$0.isMultiple(of: count) }
  }

  /// Images in all rotations.
  static func all(of images: [Image]) -> [Image] {
    images.flatMap { image in (0..<count).map { image.turned($0) } }
  }
}

extension Image {
  /// The square image turned to the left by so many quarters.
  func turned(_ quarters: Int) -> Image {
    if quarters == 0 { return self }
    let before = turned(quarters - 1)
    let side = shape.width
    var result = before
    for channel in 0..<shape.channels {
      for row in 0..<side {
        for column in 0..<side {
          result.pixels[(channel * side + row) * side + column] =
            before.pixels[(channel * side + column) * side + side - 1 - row]
        }
      }
    }
    return result
  }
}

extension [[Double]] {
  /// The rows whose label is the largest, and a share of the others: those where it is nearest to that.
  ///
  /// - Parameters:
  ///   - labels: one a row.
  ///   - share: of the other rows.
  /// - Returns: rows in order.
  func keptRows(labels: [Int], _ share: Double) -> [Int] {
    let ranks = zip(self, labels).map { row, label in
      row.enumerated().count { $1 > row[label] || ($1 == row[label] && $0 < label) }
    }
    let wrong = indices.filter { ranks[$0] > 0 }.sorted { (ranks[$0], $0) < (ranks[$1], $1) }
    let right = indices.filter { ranks[$0] == 0 }
    return (right + wrong.prefix(Int(share * Double(wrong.count)))).sorted()
  }

  /// T² times the mean divergence of these distributions to others, over some rows; 0 of none.
  func divergence(
    to others: [[Double]], at rows: [Int], temperature: Double
  ) -> (value: Double, gradient: [[Double]]) {
    var gradient = others.map { [Double](repeating: 0, count: $0.count) }
    let factor = temperature * temperature / Double(Swift.max(rows.count, 1))
    var value = 0.0
    for row in rows {
      let term = PairTerm.divergence(self[row], others[row], temperature: temperature)
        .ofSecond(times: factor)
      value += term.value
      gradient[row] = term.gradient
    }
    return (value, gradient)
  }
}
