import Foundation
import Graphs
import Tensors

/// Attention, written out position by position.
extension ReferenceStep {
  /// A place of each part: the input, and where in it.
  private func place(_ part: Int, _ channel: Int, _ position: Int) -> (Int, Int) {
    inputs.count == 1
      ? (0, (part * output.channels + channel) * inputs[0].area + position)
      : (part, channel * inputs[part].area + position)
  }

  private var keyArea: Int { inputs[inputs.count == 1 ? 0 : 1].area }

  /// The score's bias: its place in the parameter, or nil where the two do not see each other; and
  /// whether they were apart on the map.
  private func relation(
    _ attention: Attention, _ head: Int, _ query: Int, _ key: Int
  ) -> (sees: Bool, isApart: Bool, bias: Int) {
    guard let window = attention.window else {
      return (true, false, (head * output.area + query) * keyArea + key)
    }
    let (size, shift, shape) = (window.size, window.shift, inputs[0])
    let extent = window.extent ?? Size(height: shape.height, width: shape.width)
    // Where it is once the map has been moved against the shift.
    func moved(_ position: Int) -> (row: Int, column: Int) {
      let (row, column) = (position / shape.width, position % shape.width)
      return (
        row < extent.height ? (row - shift.height + extent.height) % extent.height : row,
        column < extent.width ? (column - shift.width + extent.width) % extent.width : column
      )
    }
    let (q, k) = (moved(query), moved(key))
    let sees =
      q.row / size.height == k.row / size.height
      && q.column / size.width == k.column / size.width
    // The last windows hold what came round the edge, where there is a shift.
    let isApart =
      (q.row >= shape.height - shift.height) != (k.row >= shape.height - shift.height)
      || (q.column >= shape.width - shift.width) != (k.column >= shape.width - shift.width)
    let rows = q.row % size.height - k.row % size.height + size.height - 1
    let columns = q.column % size.width - k.column % size.width + size.width - 1
    if kernels[attention.bias ?? ""]?.count == 3 {
      let own = q.row % size.height * size.width + q.column % size.width
      let other = k.row % size.height * size.width + k.column % size.width
      return (sees, isApart, (head * size.area + own) * size.area + other)
    }
    return (sees, isApart, (rows * (2 * size.width - 1) + columns) * attention.heads + head)
  }

  /// For each head and query, what it takes from each key.
  private func shares(_ attention: Attention, _ x: [[Double]]) -> [[[Double]]] {
    let width = output.channels / attention.heads
    let bias = attention.bias.map(parameter)
    return (0..<attention.heads).map { head in
      (0..<output.area).map { query in
        let powers = (0..<keyArea).map { key -> Double in
          let relation = relation(attention, head, query, key)
          if !relation.sees { return 0 }
          var score = 0.0
          for j in head * width..<(head + 1) * width {
            let (q, k) = (place(0, j, query), place(1, j, key))
            score += Double(attention.scale) * x[q.0][q.1] * x[k.0][k.1]
          }
          if let bias { score += bias[relation.bias] }
          return exp(relation.isApart ? score - 100 : score)
        }
        let total = powers.reduce(0, +)
        return powers.map { $0 / total }
      }
    }
  }

  func attended(_ attention: Attention, _ x: [[Double]]) -> [Double] {
    let width = output.channels / attention.heads
    let shares = shares(attention, x)
    return (0..<output.count).map { index in
      let (channel, query) = (index / output.area, index % output.area)
      return (0..<keyArea).reduce(0) { sum, key in
        let v = place(2, channel, key)
        return sum + shares[channel / width][query][key] * x[v.0][v.1]
      }
    }
  }

  /// The derivatives of the loss with respect to the scores.
  private func slopes(
    _ cotangent: [Double], _ attention: Attention, _ x: [[Double]], _ shares: [[[Double]]]
  ) -> [[[Double]]] {
    let width = output.channels / attention.heads
    return (0..<attention.heads).map { head in
      (0..<output.area).map { query in
        let direct = (0..<keyArea).map { key in
          (head * width..<(head + 1) * width).reduce(0.0) { sum, channel in
            let v = place(2, channel, key)
            return sum + cotangent[channel * output.area + query] * x[v.0][v.1]
          }
        }
        let own = shares[head][query]
        let level = zip(own, direct).reduce(0) { $0 + $1.0 * $1.1 }
        return zip(own, direct).map { $0 * ($1 - level) }
      }
    }
  }

  func attendedBack(
    _ cotangent: [Double], _ attention: Attention, _ x: [[Double]]
  ) -> [[Double]] {
    let width = output.channels / attention.heads
    let shares = shares(attention, x)
    let slopes = slopes(cotangent, attention, x, shares)
    var results = inputs.map { [Double](repeating: 0, count: $0.count) }
    for channel in 0..<output.channels {
      let head = channel / width
      for query in 0..<output.area {
        for key in 0..<keyArea {
          let (q, k, v) = (
            place(0, channel, query), place(1, channel, key), place(2, channel, key)
          )
          let slope = slopes[head][query][key] * Double(attention.scale)
          results[q.0][q.1] += slope * x[k.0][k.1]
          results[k.0][k.1] += slope * x[q.0][q.1]
          results[v.0][v.1] +=
            shares[head][query][key] * cotangent[channel * output.area + query]
        }
      }
    }
    return results
  }

  func biasGradient(
    _ cotangent: [Double], _ attention: Attention, _ x: [[Double]]
  ) -> [Double] {
    let slopes = slopes(cotangent, attention, x, shares(attention, x))
    var result = [Double](
      repeating: 0, count: (kernels[attention.bias ?? ""] ?? []).reduce(1, *))
    for head in 0..<attention.heads {
      for query in 0..<output.area {
        for key in 0..<keyArea {
          let relation = relation(attention, head, query, key)
          if relation.sees { result[relation.bias] += slopes[head][query][key] }
        }
      }
    }
    return result
  }
}
