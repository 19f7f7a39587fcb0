internal import Foundation
internal import Tensors

/// The second simulation: true labels and soft labels from Dirichlet distributions.
struct DirichletTable {
  private(set) var certain = 0.0
  private(set) var scales: [DiscrepancySimulation.Scale] = []

  init(_ settings: DiscrepancySimulation.Settings, scales: [Double], _ random: RandomStream) {
    let classes = settings.classes
    let single = settings.concentration / Double(classes)
    let images = max(1, settings.images / 10)
    var distances = [Double](repeating: 0, count: scales.count + 1)
    var squares = distances
    for image in 0..<images {
      var random = random.forked(image)
      let truth = Self.draw(classes, single, &random)
      let best = truth.indices.max { truth[$0] < truth[$1] } ?? 0
      if truth[best] > 0.995 { certain += 1 }
      var predicted = best
      if Double(random.uniform()) < settings.misclassified {
        predicted = (best + 1 + random.below(classes - 1)) % classes
      }
      let rest = settings.epsilon / Double(classes - 1)
      var labels = [(0..<classes).map { $0 == predicted ? 1 - settings.epsilon : rest }]
      for scale in scales {
        var label = Self.draw(classes, scale * single, &random)
        let largest = label.indices.max { label[$0] < label[$1] } ?? 0
        label.swapAt(largest, predicted)
        labels.append(label)
      }
      for (place, label) in labels.enumerated() {
        distances[place] += zip(truth, label).reduce(0) { $0 + abs($1.0 - $1.1) }
        squares[place] += label.reduce(0) { $0 + $1 * $1 }
      }
    }
    let count = Double(images)
    certain /= count
    let hot = settings.epsilon
    let expected =
      [(1 - hot) * (1 - hot) + hot * hot / Double(classes - 1)]
      + scales.map { (1 + $0 * single) / (1 + $0 * settings.concentration) }
    self.scales = distances.indices.map { place in
      DiscrepancySimulation.Scale(
        scale: place == 0 ? nil : scales[place - 1], discrepancy: distances[place] / count,
        concentration: squares[place] / count, expectedConcentration: expected[place])
    }
  }

  /// One draw of a symmetric Dirichlet distribution, by logarithms of gamma variables, which would
  /// vanish for small parameters.
  static func draw(
    _ classes: Int, _ parameter: Double, _ random: inout RandomStream
  ) -> [Double] {
    let logarithms = (0..<classes).map { _ in logGamma(parameter, &random) }
    let largest = logarithms.max() ?? 0
    let powers = logarithms.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// The logarithm of a gamma variable.
  ///
  /// Source: Marsaglia & Tsang, *A simple method for generating gamma variables*, 2000; below 1 by a
  /// power of a uniform one.
  private static func logGamma(_ shape: Double, _ random: inout RandomStream) -> Double {
    if shape < 1 {
      let uniform = max(Double(random.uniform()), 1e-12)
      return logGamma(shape + 1, &random) + log(uniform) / shape
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = Double(random.normal())
      let v = pow(1 + c * x, 3)
      if v <= 0 { continue }
      let uniform = max(Double(random.uniform()), 1e-12)
      if log(uniform) < x * x / 2 + d - d * v + d * log(v) { return log(d * v) }
    }
  }
}
