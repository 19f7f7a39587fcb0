public import Execution
import Foundation
public import Graphs
import Tensors

/// How far a number is from its reference, in units of what is tolerated.
public struct Discrepancy: Sendable, CustomStringConvertible {
  /// What was compared.
  public var field: String
  /// Found and expected.
  public var found: Double, expected: Double
  /// Above 1 is too far.
  public var ratio: Double

  init(_ field: String, _ found: Double, _ expected: Double, tolerance: Double) {
    self.field = field
    self.found = found
    self.expected = expected
    // Written so that NaN is too far.
    let ratio = abs(found - expected) / tolerance
    self.ratio = ratio.isNaN ? .infinity : ratio
  }

  /// For example `ce[0]: 2.31 instead of 2.30, 1.4 tolerances off`.
  public var description: String {
    "\(field): \(found) instead of \(expected), \(ratio) tolerances off"
  }
}

/// Computes a network on a backend and compares everything that is known of it.
///
/// - Parameters:
///   - golden: the network and its results.
///   - model: the registry's network with the formula's weights.
///   - positions: where the listed derivatives lie.
///   - backend: what is tested.
///   - numerics: fast or exact.
/// - Returns: one discrepancy a number.
/// - Throws: `BackendError` when the backend refuses.
public func checkGolden(
  _ golden: GoldenNetwork, _ model: Model, positions: [[Int]], on backend: any Backend,
  numerics: Numerics
) throws -> [Discrepancy] {
  let expected = golden.evaluation
  let images = expected.images.map { Formula.image($0, shape: golden.shape) }
  let plan = try backend.compile(model, for: numerics).plan(
    batch: images.count, computing: .input)
  let logits = try plan.logits(of: images, classes: golden.classes)
  let comparison = GoldenComparison(golden: golden, positions: positions, logits: logits)
  let entropies = zip(logits, expected.labels).map(crossEntropy)
  let ratios = zip(logits, expected.labels).map(differenceOfLogitsRatio)
  let entropyGradient = try plan.gradient(of: images, cotangent: entropies.flatMap(\.cotangent))
  let ratioGradient = try plan.gradient(of: images, cotangent: ratios.flatMap(\.cotangent))
  return comparison.logitDiscrepancies()
    + comparison.lossDiscrepancies(
      entropies: entropies.map(\.value), ratios: ratios.map(\.value))
    + comparison.gradientDiscrepancies(
      "ce_grad", entropyGradient, expected.crossEntropyGradient)
    + comparison.gradientDiscrepancies("dlr_grad", ratioGradient, expected.ratioGradient)
}

private struct GoldenComparison {
  var golden: GoldenNetwork
  var positions: [[Int]]
  var logits: [[Float]]

  private var expected: GoldenEvaluation { golden.evaluation }
  private var listedLogits: [[Double]] { expected.logits ?? expected.firstLogits ?? [] }
  private var largestLogit: Double { listedLogits.joined().map { abs($0) }.max() ?? 0 }

  func logitDiscrepancies() -> [Discrepancy] {
    let tolerance = expected.tolerance.logits * largestLogit
    var result: [Discrepancy] = []
    for (image, row) in listedLogits.enumerated() {
      for (label, logit) in row.enumerated() {
        result.append(
          Discrepancy(
            "logits[\(image)][\(label)]", Double(logits[image][label]), logit,
            tolerance: tolerance))
      }
      result.append(
        exact("argmax[\(image)]", logits[image].argmax, expected.argmax[image]))
      // Errors of many logits add up like independent ones.
      let spread = tolerance * Double(golden.classes).squareRoot()
      let values = logits[image].map(Double.init)
      if let sums = expected.logitSums {
        result.append(
          Discrepancy("logits_sum", values.reduce(0, +), sums[image], tolerance: spread))
      }
      if let norms = expected.logitNorms {
        let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        result.append(Discrepancy("logits_l2", norm, norms[image], tolerance: spread))
      }
    }
    return result
  }

  func lossDiscrepancies(entropies: [Double], ratios: [Double]) -> [Discrepancy] {
    let tolerance = expected.tolerance.logits
    let largestRatio = expected.ratio.map { abs($0) }.max() ?? 0
    return expected.labels.indices.flatMap { image in
      [
        Discrepancy(
          "ce[\(image)]", entropies[image], expected.crossEntropy[image],
          tolerance: tolerance * max(1, largestLogit)),
        Discrepancy(
          "dlr[\(image)]", ratios[image], expected.ratio[image],
          tolerance: 10 * tolerance * largestRatio),
        exact(
          "dlr_target[\(image)]",
          mostLikely(of: logits[image].map(Double.init), except: expected.labels[image]),
          expected.target[image]),
      ]
    }
  }

  func gradientDiscrepancies(
    _ name: String, _ gradient: [Float], _ expected: GoldenEvaluation.Gradient
  ) -> [Discrepancy] {
    expected.discrepancies(
      name, gradient, golden.shape, positions, tolerance: self.expected.tolerance)
  }

  private func exact(_ field: String, _ found: Int, _ expected: Int) -> Discrepancy {
    Discrepancy(field, Double(found), Double(expected), tolerance: 0.5)
  }
}

extension GoldenEvaluation.Gradient {
  /// How far the gradient of a batch is off.
  func discrepancies(
    _ name: String, _ gradient: [Float], _ shape: FeatureShape, _ positions: [[Int]],
    tolerance: GoldenEvaluation.Tolerance
  ) -> [Discrepancy] {
    let values = gradient.map(Double.init)
    let listed = zip(positions, self.values).map { position, value in
      let (image, channel, row, column) = (position[0], position[1], position[2], position[3])
      let index = ((image * shape.channels + channel) * shape.height + row) * shape.width + column
      return Discrepancy(
        "\(name)\(position)", values[index], value,
        tolerance: tolerance.gradientValues * linf)
    }
    return listed + [
      Discrepancy(
        name + ".l2", values.reduce(0) { $0 + $1 * $1 }.squareRoot(), l2,
        tolerance: tolerance.gradientNorm * l2),
      Discrepancy(
        name + ".l1", values.reduce(0) { $0 + abs($1) }, l1,
        tolerance: tolerance.gradientNorm * l1),
      Discrepancy(
        name + ".linf", values.map { abs($0) }.max() ?? 0, linf,
        tolerance: tolerance.gradientValues * linf),
    ]
  }
}

// MARK: - Losses

/// log Σ exp z − z_label, and its gradient.
func crossEntropy(
  _ logits: [Float], label: Int
) -> (value: Double, cotangent: [Float]) {
  let z = logits.map(Double.init)
  let shift = z.max() ?? 0
  let exponentials = z.map { exp($0 - shift) }
  let sum = exponentials.reduce(0, +)
  var gradient = exponentials.map { $0 / sum }
  gradient[label] -= 1
  return (log(sum) + shift - z[label], gradient.map { Float($0) })
}

/// −(z_label − z_target) / (z₍₁₎ − (z₍₃₎ + z₍₄₎)/2), and its gradient.
private func differenceOfLogitsRatio(
  _ logits: [Float], label: Int
) -> (value: Double, cotangent: [Float]) {
  let z = logits.map(Double.init)
  let order = z.indices.sorted { z[$0] > z[$1] }
  let target = mostLikely(of: z, except: label)
  let numerator = z[label] - z[target]
  let denominator = z[order[0]] - (z[order[2]] + z[order[3]]) / 2 + 1e-12
  var gradient = [Double](repeating: 0, count: z.count)
  gradient[label] -= 1 / denominator
  gradient[target] += 1 / denominator
  let slope = numerator / (denominator * denominator)
  gradient[order[0]] += slope
  gradient[order[2]] -= slope / 2
  gradient[order[3]] -= slope / 2
  return (-numerator / denominator, gradient.map { Float($0) })
}

private func mostLikely(of logits: [Double], except label: Int) -> Int {
  logits.indices.filter { $0 != label }.max { logits[$0] < logits[$1] } ?? label
}
