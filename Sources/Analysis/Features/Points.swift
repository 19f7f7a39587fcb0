internal import Dispatch
internal import Synchronization

/// Points in a space of some dimensions, in double precision.
public struct Points: Sendable {
  /// How many numbers a point has.
  public let dimensions: Int
  /// Point by point.
  public internal(set) var values: [Double]

  /// How many points there are.
  public var count: Int { values.count / dimensions }

  /// Collects points.
  ///
  /// - Parameter rows: of one length, at least one.
  public init(_ rows: [[Double]]) {
    precondition(
      !rows.isEmpty && rows.allSatisfy { $0.count == rows[0].count }, "points of one space")
    dimensions = rows[0].count
    values = rows.flatMap { $0 }
  }

  init(dimensions: Int, values: [Double]) {
    (self.dimensions, self.values) = (dimensions, values)
  }

  /// One point.
  subscript(_ point: Int) -> ArraySlice<Double> {
    values[point * dimensions..<(point + 1) * dimensions]
  }

  /// Some of the points.
  func selected(_ places: [Int]) -> Points {
    Points(dimensions: dimensions, values: places.flatMap { self[$0] })
  }

  /// The squared Euclidean distances of all pairs, row by row.
  ///
  /// - Parameter threads: how many compute; they change no bit.
  /// - Returns: a table of `count` rows.
  func squaredDistances(threads: Int) -> [Double] {
    let (count, dimensions) = (count, dimensions)
    return Rows.computed(count, of: count, threads: threads) { row, distances in
      values.withUnsafeBufferPointer { values in
        for other in 0..<count {
          var lanes = SIMD4<Double>.zero
          var place = 0
          while place + 4 <= dimensions {
            var difference = SIMD4<Double>.zero
            for lane in 0..<4 {
              difference[lane] =
                values[row * dimensions + place + lane] - values[other * dimensions + place + lane]
            }
            lanes += difference * difference
            place += 4
          }
          var sum = lanes.sum()
          while place < dimensions {
            let difference = values[row * dimensions + place] - values[other * dimensions + place]
            sum += difference * difference
            place += 1
          }
          distances[other] = sum
        }
      }
    }
  }
}

/// Rows that several threads compute, each by one of them, so that the number of threads changes
/// nothing.
enum Rows {
  /// A table of numbers.
  ///
  /// - Parameters:
  ///   - count: of rows.
  ///   - width: of a row.
  ///   - threads: how many compute.
  ///   - fill: given the row's number and its place, which is zero.
  /// - Returns: the table, row by row.
  static func computed(
    _ count: Int, of width: Int, threads: Int,
    _ fill: @Sendable (Int, UnsafeMutableBufferPointer<Double>) -> Void
  ) -> [Double] {
    var table = [Double](repeating: 0, count: count * width)
    table.withUnsafeMutableBufferPointer { table in
      update(table, of: width, threads: threads, fill)
    }
    return table
  }

  /// Changes the rows of a table in place.
  static func update(
    _ table: UnsafeMutableBufferPointer<Double>, of width: Int, threads: Int,
    _ change: @Sendable (Int, UnsafeMutableBufferPointer<Double>) -> Void
  ) {
    let count = width == 0 ? 0 : table.count / width
    // Each row is touched by the thread that took it and by no other.
    nonisolated(unsafe) let base = table
    let next = Atomic<Int>(0)
    let block = 16
    DispatchQueue.concurrentPerform(iterations: max(1, threads)) { _ in
      while true {
        let start = next.wrappingAdd(block, ordering: .relaxed).oldValue
        if start >= count { return }
        for row in start..<min(start + block, count) {
          change(
            row, UnsafeMutableBufferPointer(rebasing: base[row * width..<(row + 1) * width]))
        }
      }
    }
  }
}
