internal import Tensors

/// A matrix in double precision, row by row.
struct Matrix {
  let rows: Int
  let columns: Int
  var values: [Double]

  init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, values: Array(repeating: 0, count: rows * columns))
  }

  init(rows: Int, columns: Int, values: [Double]) {
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// The batch with an image's activation in a row.
  init(_ map: FeatureMap) {
    self.init(rows: map.count, columns: map.shape.count, values: map.values)
  }

  subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// The places of a row.
  func places(ofRow row: Int) -> Range<Int> { row * columns..<(row + 1) * columns }

  /// The matrix with rows and columns exchanged.
  var transposed: Matrix {
    var result = Matrix(rows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns { result[column, row] = self[row, column] }
    }
    return result
  }

  /// Inner products of rows.
  var gram: Matrix { self * transposed }

  /// The sum of squares.
  var squaredNorm: Double { values.reduce(0) { $0 + $1 * $1 } }

  /// The matrix product.
  static func * (left: Matrix, right: Matrix) -> Matrix {
    precondition(left.columns == right.rows, "the left's columns are the right's rows")
    var result = Matrix(rows: left.rows, columns: right.columns)
    let width = right.columns
    result.values.withUnsafeMutableBufferPointer { sums in
      right.values.withUnsafeBufferPointer { others in
        for row in 0..<left.rows {
          for inner in 0..<left.columns {
            // Whole rows at once: such a loop vectorises.
            let factor = left.values[row * left.columns + inner]
            if factor == 0 { continue }
            let (target, source) = (row * width, inner * width)
            for column in 0..<width { sums[target + column] += factor * others[source + column] }
          }
        }
      }
    }
    return result
  }

  /// The matrix times a number.
  static func * (factor: Double, matrix: Matrix) -> Matrix {
    Matrix(
      rows: matrix.rows, columns: matrix.columns, values: matrix.values.map { factor * $0 })
  }

  /// The difference.
  static func - (left: Matrix, right: Matrix) -> Matrix {
    Matrix(
      rows: left.rows, columns: left.columns,
      values: zip(left.values, right.values).map { $0 - $1 })
  }

  /// The sum.
  static func + (left: Matrix, right: Matrix) -> Matrix {
    Matrix(
      rows: left.rows, columns: left.columns,
      values: zip(left.values, right.values).map { $0 + $1 })
  }
}
