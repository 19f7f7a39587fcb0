import Foundation

extension [Double] {
  /// log softmax of these logits at a temperature.
  func logProbabilities(temperature: Double = 1) -> [Double] {
    let scaled = map { $0 / temperature }
    let largest = scaled.max() ?? 0
    let total = scaled.reduce(0) { $0 + exp($1 - largest) }
    let offset = largest + log(total)
    return scaled.map { $0 - offset }
  }

  /// softmax of these logits at a temperature.
  func probabilities(temperature: Double = 1) -> [Double] {
    logProbabilities(temperature: temperature).map { exp($0) }
  }

  /// The position of the largest element, the first of equals.
  var argmax: Int {
    var best = 0
    for position in indices.dropFirst() where self[position] > self[best] { best = position }
    return best
  }

  /// Adds a multiple of another vector.
  mutating func add(_ other: [Double], times factor: Double) {
    for position in indices { self[position] += factor * other[position] }
  }
}
