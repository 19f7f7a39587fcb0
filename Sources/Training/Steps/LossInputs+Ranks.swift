internal import Execution

extension LossInputs {
  /// What all ranks have, in the order of ranks, and which rows of each pass are this rank's.
  ///
  /// The loss can then be computed, by every rank alike, as if there were one.
  func joined(over ranks: any Ranks) -> (LossInputs, rows: [ForwardPass: Range<Int>]) {
    if ranks.count == 1 { return (self, logits.mapValues { $0.indices }) }
    var result = self
    result.logits = [:]
    var rows: [ForwardPass: Range<Int>] = [:]
    let parts = ranks.exchange(packed).enumerated().map { number, numbers in
      (number, Unpacking(numbers))
    }
    var shares = parts
    func everyones(_ take: (inout Unpacking) -> [[Double]]) -> [(number: Int, rows: [[Double]])] {
      shares.indices.map { (shares[$0].0, take(&shares[$0].1)) }
    }
    for pass in ForwardPass.allCases {
      let all = everyones { $0.matrix() }
      let start = all.prefix(ranks.number).reduce(0) { $0 + $1.rows.count }
      let joined = all.flatMap(\.rows)
      if joined.isEmpty { continue }
      result.logits[pass] = joined
      rows[pass] = start..<start + all[ranks.number].rows.count
    }
    result.teacher = everyones { $0.matrix() }.flatMap(\.rows)
    result.labels = everyones { $0.matrix() }.flatMap(\.rows).map { Int($0[0]) }
    result.secondLabels = everyones { $0.matrix() }.flatMap(\.rows).map {
      $0[0] < 0 ? nil : SecondLabel(Int($0[0]), share: $0[1])
    }
    result.samples.labels = everyones { $0.matrix() }.flatMap(\.rows).map { Int($0[0]) }
    result.samples.teacher = everyones { $0.matrix() }.flatMap(\.rows)
    result.indices = everyones { $0.matrix() }.flatMap(\.rows).map { Int($0[0]) }
    for term in featuresOfTerms.indices {
      for place in featuresOfTerms[term].student.indices {
        result.featuresOfTerms[term].student[place] = FeatureMap(
          shape: featuresOfTerms[term].student[place].shape,
          values: everyones { $0.matrix() }.flatMap { $0.rows.joined() })
      }
      for place in featuresOfTerms[term].teacher.indices {
        result.featuresOfTerms[term].teacher[place] = FeatureMap(
          shape: featuresOfTerms[term].teacher[place].shape,
          values: everyones { $0.matrix() }.flatMap { $0.rows.joined() })
      }
    }
    return (result, rows)
  }

  /// The parts in the order in which they are taken out again.
  private var packed: [Double] {
    var parts: [[[Double]]] = ForwardPass.allCases.map { logits($0) }
    parts += [teacher, labels.map { [Double($0)] }]
    parts.append(secondLabels.map { $0.map { [Double($0.label), $0.share] } ?? [-1, 0] })
    parts += [samples.labels.map { [Double($0)] }, samples.teacher, indices.map { [Double($0)] }]
    for map in featuresOfTerms.flatMap({ $0.student + $0.teacher }) {
      parts.append((0..<map.count).map { Array(map.values[map.places(of: $0)]) })
    }
    return parts.flatMap { rows in
      [Double(rows.count), Double(rows.first?.count ?? 0)] + rows.joined()
    }
  }
}

/// Takes matrices from a row of numbers.
private struct Unpacking {
  private var numbers: ArraySlice<Double>

  init(_ numbers: [Double]) { self.numbers = numbers[...] }

  mutating func matrix() -> [[Double]] {
    let (rows, columns) = (Int(numbers.removeFirst()), Int(numbers.removeFirst()))
    let values = numbers.prefix(rows * columns)
    numbers = numbers.dropFirst(rows * columns)
    return (0..<rows).map { row in
      Array(values[values.startIndex + row * columns..<values.startIndex + (row + 1) * columns])
    }
  }
}
