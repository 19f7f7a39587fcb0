public import Execution
import Foundation
public import Graphs
import Tensors

/// Computes a network's parameter gradients with running statistics and compares their norms.
///
/// - Parameters:
///   - golden: the network and its results.
///   - model: the registry's network with the formula's weights.
///   - backend: what is tested.
/// - Returns: one discrepancy a number; none where the fixture has no norms.
/// - Throws: `BackendError` when the backend refuses.
public func checkGoldenParameterGradients(
  _ golden: GoldenNetwork, _ model: Model, on backend: any Backend
) throws -> [Discrepancy] {
  let expected = golden.evaluation
  guard let norms = expected.parameterGradientNorms,
    let tolerance = expected.tolerance.parameterGradientNorm
  else { return [] }
  let images = expected.images.map { Formula.image($0, shape: golden.shape) }
  let plan = try backend.trainingPlan(
    for: model, batch: images.count, statistics: .running, computing: .parameters)
  let logits = try plan.logits(
    of: images, parameters: model.parameters, classes: golden.classes)
  let cotangent = zip(logits, expected.labels).flatMap { crossEntropy($0, label: $1).cotangent }
  let gradients = try plan.backward(cotangent.span).parameters
  return golden.normDiscrepancies(gradients, norms, tolerance: tolerance)
}

/// Trains a network for one step and compares everything that is known of it.
///
/// - Parameters:
///   - golden: the network and its results.
///   - model: the registry's network with the formula's weights.
///   - positions: where the listed derivatives lie.
///   - backend: what is tested.
/// - Returns: one discrepancy a number; none where the fixture has no training step.
/// - Throws: `BackendError` when the backend refuses.
public func checkGoldenTraining(
  _ golden: GoldenNetwork, _ model: Model, positions: [[Int]], on backend: any Backend
) throws -> [Discrepancy] {
  guard let expected = golden.training else { return [] }
  let images = expected.images.map { Formula.image($0, shape: golden.shape) }
  let plan = try backend.trainingPlan(
    for: model, batch: images.count, statistics: .batch, computing: [.input, .parameters])
  let logits = try plan.logits(
    of: images, parameters: model.parameters, classes: golden.classes)
  let entropies = zip(logits, expected.labels).map(crossEntropy)
  let share = 1 / Float(images.count)
  let cotangent = entropies.flatMap { $0.cotangent.map { $0 * share } }
  let gradients = try plan.backward(cotangent.span)
  var updated = model.parameters
  plan.updateRunningStatistics(in: &updated)
  if let momentum = expected.momentum {
    // Plans move a tenth of the way; where the reference moves less, so does this.
    updated = golden.moved(model.parameters, updated, share: momentum / 0.1)
  }

  let largestLogit = expected.logits.joined().map { abs($0) }.max() ?? 0
  let logitTolerance = expected.tolerance.logits * largestLogit
  let mean = entropies.reduce(0) { $0 + $1.value } * Double(share)
  return zip(logits.joined(), expected.logits.joined()).enumerated().map { position, pair in
    Discrepancy("logits \(position)", Double(pair.0), pair.1, tolerance: logitTolerance)
  } + [
    Discrepancy(
      "ce_mean", mean, expected.crossEntropy,
      tolerance: expected.tolerance.logits * max(1, largestLogit))
  ]
    + expected.inputGradient.discrepancies(
      "input_grad", gradients.images?.elements ?? [], golden.shape, positions,
      tolerance: expected.tolerance)
    + golden.normDiscrepancies(
      gradients.parameters, expected.gradientNorms,
      tolerance: expected.tolerance.parameterGradientNorm ?? 0)
    + expected.extractDiscrepancies(gradients.parameters)
    + expected.statisticsDiscrepancies(updated)
}

extension GoldenNetwork {
  /// A share of the way from some values to others.
  fileprivate func moved(
    _ from: [String: Tensor], _ to: [String: Tensor], share: Double
  ) -> [String: Tensor] {
    from.merging(to) { start, end in
      Tensor(
        shape: start.shape,
        elements: zip(start.elements, end.elements).map {
          Float(Double($0) + share * (Double($1) - Double($0)))
        })
    }
  }

  fileprivate func normDiscrepancies(
    _ gradients: [String: Tensor], _ norms: [Double], tolerance: Double
  ) -> [Discrepancy] {
    let statistics = [".running_mean", ".running_var", ".threshold"]
    let names = parameters.map(\.name).filter { name in
      !statistics.contains { name.hasSuffix($0) }
    }
    let largest = norms.max() ?? 0
    return [
      Discrepancy("gradients", Double(gradients.count), Double(norms.count), tolerance: 0.5)
    ]
      + zip(names, norms).map { name, norm in
        Discrepancy(
          "|\(name)|", gradients[name]?.norm ?? .nan, norm,
          tolerance: norm == 0 ? 1e-5 * largest : tolerance * norm)
      }
  }
}

extension GoldenTraining {
  fileprivate func extractDiscrepancies(_ found: [String: Tensor]) -> [Discrepancy] {
    let relative = tolerance.parameterGradientNorm ?? 0
    return gradients.sorted { $0.key < $1.key }.flatMap { name, extract in
      guard let tensor = found[name], let norm = extract.l2 else {
        return [Discrepancy(name, .nan, 0, tolerance: 0)]
      }
      let limit = 5 * relative * norm
      return [
        Discrepancy("\(name).l2", tensor.norm, norm, tolerance: relative * norm),
        Discrepancy(
          "\(name).sum", tensor.sum, extract.sum,
          tolerance: limit * Double(tensor.count).squareRoot()),
      ]
        + extract.first3.enumerated().map {
          Discrepancy("\(name)[\($0)]", Double(tensor[$0]), $1, tolerance: limit)
        }
    }
  }

  fileprivate func statisticsDiscrepancies(_ updated: [String: Tensor]) -> [Discrepancy] {
    let kinds = [".running_mean", ".running_var"]
    let sums = runningSums.sorted { $0.key < $1.key }.flatMap { name, sums in
      zip(kinds, sums).map { kind, sum in
        let tensor = updated[name + kind] ?? Tensor(shape: [1], repeating: .nan)
        return Discrepancy(
          "Σ " + name + kind, tensor.sum, sum,
          tolerance: (tolerance.runningStatistic ?? 0) * Double(tensor.count))
      }
    }
    let values = normalizations.values.flatMap { normalization in
      zip(kinds, [normalization.mean, normalization.variance]).flatMap { kind, extract in
        extract.first3.enumerated().map { index, value in
          Discrepancy(
            "\(normalization.name)\(kind)[\(index)]",
            Double(updated[normalization.name + kind]?[index] ?? .nan), value,
            tolerance: 1e-4 * max(1, abs(value)))
        }
      }
    }
    return sums + values
  }
}

extension Tensor {
  fileprivate var norm: Double {
    elements.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  fileprivate var sum: Double { elements.reduce(0) { $0 + Double($1) } }
}
