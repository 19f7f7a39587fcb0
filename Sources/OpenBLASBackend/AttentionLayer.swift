import Foundation
import Graphs
import Tensors

/// Attention, head by head and window by window: products by OpenBLAS, shares in double precision.
struct AttentionLayer: Layer {
  private let attention: Attention
  private let plan: AttentionPlan
  private let bias: Tensor?
  /// Where the channels of queries, keys and values are: the input and the first channel there.
  private let parts: [(input: Int, first: Int)]
  private let areas: [Int]
  /// Channels of one head.
  private let width: Int

  init(_ attention: Attention, bias: Tensor?, inputs: [FeatureShape]) {
    self.attention = attention
    self.bias = bias
    let channels = inputs.count == 1 ? inputs[0].channels / 3 : inputs[0].channels
    parts = (0..<3).map { inputs.count == 1 ? (0, $0 * channels) : ($0, 0) }
    areas = (0..<3).map { inputs[inputs.count == 1 ? 0 : $0].area }
    width = channels / attention.heads
    plan = AttentionPlan(
      attention, queries: inputs[0], keys: inputs.count == 1 ? inputs[0] : inputs[1],
      bias: bias?.shape)
  }

  private var queries: Int { plan.queriesInWindow }
  private var keys: Int { plan.keysInWindow }

  var scratchCount: Int { 3 * width * (queries + 2 * keys) + 2 * queries * keys }

  /// The matrices of one head and window, channels by positions, and scores, queries by keys.
  private struct Matrices {
    var (q, k, v): (Values, Values, Values)
    var (gq, gk, gv): (Values, Values, Values)
    /// What comes out, or its gradient.
    var output: Values
    var (shares, slopes): (Values, Values)
  }

  private func matrices(in scratch: Values) -> Matrices {
    var start = 0
    func next(_ count: Int) -> Values {
      defer { start += count }
      return scratch.extracting(start..<start + count)
    }
    let (few, many) = (width * queries, width * keys)
    return Matrices(
      q: next(few), k: next(many), v: next(many), gq: next(few), gk: next(many), gv: next(many),
      output: next(few), shares: next(queries * keys), slopes: next(queries * keys))
  }

  func forward(_ values: Pass) {
    let m = matrices(in: values.scratch)
    for head in 0..<attention.heads {
      for window in 0..<plan.windows {
        prepare(m, values, head, window)
        Self.product(m.v, m.shares, into: m.output, rows: width, inner: keys, columns: queries)
        visit(0, head, window) { index, place in values.output[place.channelled] = m.output[index] }
      }
    }
  }

  func backward(_ values: Pass, gradients: Pass) {
    let m = matrices(in: values.scratch)
    for head in 0..<attention.heads {
      for window in 0..<plan.windows {
        prepareBackward(m, values, gradients, head, window)
        BLAS.multiply(
          m.output.base, .asStored, by: m.shares.base, into: m.gv.base, rows: width,
          inner: queries, columns: keys)
        Self.product(m.k, m.slopes, into: m.gq, rows: width, inner: keys, columns: queries)
        BLAS.multiply(
          m.q.base, .asStored, by: m.slopes.base, into: m.gk.base, rows: width, inner: queries,
          columns: keys)
        for (part, gradient) in [m.gq, m.gk, m.gv].enumerated() {
          let factor = part == 0 ? attention.scale : 1
          visit(part, head, window) { index, place in
            gradients.inputs[parts[part].input][place.stacked] += gradient[index] * factor
          }
        }
      }
    }
  }

  func accumulate(_ values: Pass, gradients: Pass, into parameters: [Values]) {
    guard let sums = parameters.first else { return }
    let m = matrices(in: values.scratch)
    for head in 0..<attention.heads {
      for window in 0..<plan.windows {
        prepareBackward(m, values, gradients, head, window)
        for (index, place) in plan.biasPlaces.enumerated() {
          sums[Int(place) + head * plan.biasStep] += m.slopes[index]
        }
      }
    }
  }

  /// Takes queries times the scale, keys and values, and computes the shares.
  private func prepare(_ m: Matrices, _ values: Pass, _ head: Int, _ window: Int) {
    for (part, matrix) in [m.q, m.k, m.v].enumerated() {
      let factor = part == 0 ? attention.scale : 1
      visit(part, head, window) { index, place in
        matrix[index] = values.inputs[parts[part].input][place.stacked] * factor
      }
    }
    BLAS.multiply(
      m.q.base, .transposed, by: m.k.base, into: m.shares.base, rows: queries, inner: width,
      columns: keys)
    for query in 0..<queries {
      var scores = (0..<keys).map { Double(m.shares[query * keys + $0]) }
      if let bias {
        for key in 0..<keys {
          let place = Int(plan.biasPlaces[query * keys + key]) + head * plan.biasStep
          scores[key] += Double(bias[place])
        }
      }
      if !plan.regions.isEmpty {
        let own = plan.regions[window * queries + query]
        for key in 0..<keys where plan.regions[window * keys + key] != own { scores[key] -= 100 }
      }
      let largest = scores.reduce(-.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
      let powers = scores.map { exp($0 - largest) }
      let total = powers.reduce(0, +)
      for key in 0..<keys { m.shares[query * keys + key] = Float(powers[key] / total) }
    }
  }

  /// Besides, takes the output's gradient and computes that of the scores.
  private func prepareBackward(
    _ m: Matrices, _ values: Pass, _ gradients: Pass, _ head: Int, _ window: Int
  ) {
    prepare(m, values, head, window)
    visit(0, head, window) { index, place in m.output[index] = gradients.output[place.channelled] }
    BLAS.multiply(
      m.output.base, .transposed, by: m.v.base, into: m.slopes.base, rows: queries, inner: width,
      columns: keys)
    for query in 0..<queries {
      let row = query * keys..<(query + 1) * keys
      let level = row.reduce(0.0) { $0 + Double(m.shares[$1]) * Double(m.slopes[$1]) }
      for index in row {
        m.slopes[index] = Float(Double(m.shares[index]) * (Double(m.slopes[index]) - level))
      }
    }
  }

  /// Row-major `result = left · rightᵀ`.
  private static func product(
    _ left: Values, _ right: Values, into result: Values, rows: Int, inner: Int, columns: Int
  ) {
    result.update(repeating: 0)
    BLAS.addProduct(
      left.base, byTransposed: right.base, to: result.base, rows: rows, inner: inner,
      columns: columns)
  }

  /// A place in the input, and in a map of one part's channels.
  private struct Place {
    var stacked: Int
    var channelled: Int
  }

  /// Calls a closure for each channel and position of a head and window.
  private func visit(
    _ part: Int, _ head: Int, _ window: Int, _ body: (_ index: Int, _ place: Place) -> Void
  ) {
    let count = part == 0 ? queries : keys
    let positions = part == 0 ? plan.queries : plan.keys
    let area = areas[part]
    for j in 0..<width {
      let channel = head * width + j
      for i in 0..<count {
        let position = Int(positions[window * count + i])
        body(
          j * count + i,
          Place(
            stacked: (parts[part].first + channel) * area + position,
            channelled: channel * area + position))
      }
    }
  }
}

extension Values {
  /// Where the values begin.
  fileprivate var base: UnsafeMutablePointer<Float> {
    guard let baseAddress else { preconditionFailure("matrices have values") }
    return baseAddress
  }
}

/// A parameter as an activation.
struct TableLayer: Layer {
  var values: Tensor
  var places: [Int32]

  func forward(_ pass: Pass) {
    for (index, place) in places.enumerated() { pass.output[index] = values[Int(place)] }
  }

  func backward(_ values: Pass, gradients: Pass) {}

  func accumulate(_ values: Pass, gradients: Pass, into parameters: [Values]) {
    for (index, place) in places.enumerated() {
      parameters[0][Int(place)] += gradients.output[index]
    }
  }
}

/// Values at other places.
struct RearrangementLayer: RearrangingLayer {
  var sources: [Rearrangement.Source]

  func visit(_ values: Pass, _ move: (Int, Int, Int) -> Void) {
    for (output, source) in sources.enumerated() { move(output, source.input, source.place) }
  }
}
