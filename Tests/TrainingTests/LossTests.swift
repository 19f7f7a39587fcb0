import Foundation
import Testing

@testable import Training

/// Losses against published numbers, closed forms and finite differences.
struct LossTests {
  static let first = [[1, 0.2, -0.5], [0.3, 0.9, 0.1]]
  static let second = [[0.4, 0.6, -0.2], [0, 0.5, 0.7]]
  static let labels = [0, 1]
  static let means = [[0.7, 0.2, 0.1], [0.15, 0.6, 0.25]]

  /// The means as the state keeps them.
  static var classMeans: ClassMeans {
    var means = ClassMeans(classes: 3)
    for (label, row) in Self.means.enumerated() { means.add(row, of: label) }
    means.endEpoch()
    return means
  }

  static func loss(
    _ loss: TrainingLoss, _ clean: [[Double]] = first, _ adversarial: [[Double]] = second
  ) -> BatchLoss {
    BatchLoss(loss, of: inputs(loss, clean, adversarial))
  }

  static func inputs(
    _ loss: TrainingLoss, _ clean: [[Double]] = first, _ adversarial: [[Double]] = second
  ) -> LossInputs {
    var logits = [ForwardPass.clean: clean, .adversarial: adversarial]
    logits = logits.filter { loss.passes.contains($0.key) }
    return LossInputs(
      logits: logits, teacher: loss.needsTeacher ? [[0.5, -0.3, 1.2], [2, 0.1, -1]] : [],
      labels: labels, classMeans: classMeans,
      samples: SampleInputs(labels: [2, 0], teacher: [[0.1, 1.3, -0.4], [0.8, -0.2, 0.5]]),
      epoch: 5, epochs: 80)
  }

  static let losses: [TrainingLoss] = [
    .natural(labelSmoothing: 0), .natural(labelSmoothing: 0.1), .adversarial(labelSmoothing: 0.1),
    .trades(weight: 6, labelSmoothing: 0), .trades(weight: 5, labelSmoothing: 0.1),
    .lowTemperature(temperature: 5, weight: 6),
    .distillation(labels: 0.1, weight: 0.9, temperature: 4),
    .decoupledDistillation(
      DecoupledDivergence(
        squaredErrorWeight: 8, crossEntropyWeight: 1, classWeights: .sample(temperature: 100),
        reach: .second, temperature: 4), warmUpEpochs: 20),
    .decoupledDistillation(
      DecoupledDivergence(squaredErrorWeight: 8, crossEntropyWeight: 1, reach: .second),
      warmUpEpochs: 1),
    .boundaryDistillation(BoundaryDistillation()), .localDistribution(LocalDistribution()),
    .localDistribution(LocalDistribution(particles: .authorCode), weight: 0.5),
  ]

  static let improved = DecoupledDivergence(squaredErrorWeight: 20, crossEntropyWeight: 4)

  static func value(_ loss: BatchLoss, _ name: String) -> Double { loss.parts[name] ?? .nan }

  @Test func theImprovedDivergenceHasItsAuthorsNumbers() {
    let loss = Self.loss(.decoupled(Self.improved))
    let crossEntropy = Self.loss(.natural(labelSmoothing: 0))
    #expect(abs(Self.value(loss, "wmse") - 0.0945437) < 1e-6)
    #expect(abs(Self.value(loss, "sce") - 1.0885714) < 1e-6)
    #expect(abs(loss.total - crossEntropy.total - 6.2451601) < 1e-5)
    let clean = [2.03, -1.42, -0.61, 0.2475, 1.59, -1.8375]
    let own = zip(
      loss.gradients[.clean]?.joined().map { $0 } ?? [],
      crossEntropy.gradients[.clean]?.joined().map { $0 } ?? []
    ).map { $0 - $1 }
    #expect(zip(own, clean).allSatisfy { abs($0 - $1) < 1e-6 } && own.count == 6)
    let adversarial = [
      -2.5038781, 1.7644837, 0.7393944, -0.3678656, -1.8837003, 2.2515657,
    ]
    let other = loss.gradients[.adversarial]?.joined().map { $0 } ?? []
    #expect(zip(other, adversarial).allSatisfy { abs($0 - $1) < 1e-6 } && other.count == 6)
  }

  @Test func theDivergencesHavePublishedNumbers() {
    let trades = Self.loss(.trades(weight: 6, labelSmoothing: 0))
    #expect(abs(Self.value(trades, "kl") - 0.1054413) < 1e-6)
    let tempered = zip(Self.first, Self.second).reduce(0) {
      $0 + 16 * PairTerm.divergence($1.0, $1.1, temperature: 4).value / 2
    }
    #expect(abs(tempered - 0.1041017) < 1e-6)
  }

  @Test func takenApartTheDivergenceKeepsItsGradient() {
    let whole = Self.loss(.trades(weight: 1, labelSmoothing: 0))
    let apart = Self.loss(.decoupled(.kullbackLeibler))
    for pass in [ForwardPass.clean, .adversarial] {
      let pairs = zip(
        whole.gradients[pass]?.joined().map { $0 } ?? [],
        apart.gradients[pass]?.joined().map { $0 } ?? [])
      #expect(pairs.allSatisfy { abs($0 - $1) < 1e-12 })
    }
    #expect(whole.gradients[.clean]?.joined().count == 6)
  }

  @Test(arguments: losses) func gradientsAreFiniteDifferences(_ loss: TrainingLoss) {
    let step = 1e-5
    let gradients = Self.loss(loss).gradients
    #expect(Set(gradients.keys) == Set(loss.passes))
    for (pass, rows) in gradients {
      for (row, gradient) in rows.enumerated() {
        for (column, derivative) in gradient.enumerated() {
          func shifted(_ by: Double) -> Double {
            var (clean, adversarial) = (Self.first, Self.second)
            if pass == .clean { clean[row][column] += by } else { adversarial[row][column] += by }
            return Self.loss(loss, clean, adversarial).total
          }
          let difference = (shifted(step) - shifted(-step)) / (2 * step)
          #expect(abs(difference - derivative) < 1e-8, "\(pass) \(row) \(column)")
        }
      }
    }
  }

  /// Class weights of the sample itself are fixed, which differences cannot know; those terms are
  /// compared with closed forms above.
  @Test(arguments: PublishedRecipe.all(classes: 10).map(\.recipe))
  func everyTermOfARecipeHasItsDifferencesForGradients(_ recipe: Recipe) {
    var compared = 0
    for term in recipe.loss.terms.map(\.term) {
      // Those that read features have tests of their own.
      if case .sample = term.classWeights { continue }
      if term is any FeatureTerm { continue }
      let loss: TrainingLoss = [WeightedTerm("term", term)]
      func value(_ pass: ForwardPass, _ row: Int, _ column: Int, _ step: Double) -> Double {
        var inputs = Self.inputs(loss)
        inputs.logits[pass]?[row][column] += step
        return BatchLoss(loss, of: inputs).total
      }
      for (pass, rows) in term.value(of: Self.inputs(loss)).gradients {
        let whole = BatchLoss(loss, of: Self.inputs(loss)).gradients[pass] ?? []
        for (row, gradient) in rows.enumerated() {
          for column in gradient.indices {
            let difference =
              (value(pass, row, column, 1e-5) - value(pass, row, column, -1e-5)) / 2e-5
            #expect(abs(difference - whole[row][column]) < 1e-8, "\(term) \(pass) \(row) \(column)")
            compared += 1
          }
        }
      }
    }
    #expect(compared >= 6)
  }

  /// The cross-entropy's first distribution is fixed, which differences cannot know; so each part
  /// alone, against what it is a function of.
  @Test(arguments: [0, 1]) func partsOfTheImprovedDivergenceAreFiniteDifferences(_ row: Int) {
    let step = 1e-5
    let (first, second) = (Self.first[row], Self.second[row])
    func terms(_ first: [Double], _ second: [Double]) -> (PairTerm, SingleTerm) {
      (
        .squaredError(first, second, weights: Self.classMeans.row(row), reach: .both),
        .crossEntropy(second, target: first.probabilities())
      )
    }
    let (square, entropy) = terms(first, second)
    for column in 0..<3 {
      func difference(_ value: (Double) -> Double) -> Double {
        (value(step) - value(-step)) / (2 * step)
      }
      func moved(_ logits: [Double], _ by: Double) -> [Double] {
        var logits = logits
        logits[column] += by
        return logits
      }
      #expect(
        abs(difference { terms(moved(first, $0), second).0.value } - square.first[column]) < 1e-8)
      #expect(
        abs(difference { terms(first, moved(second, $0)).0.value } - square.second[column]) < 1e-8)
      #expect(
        abs(difference { terms(first, moved(second, $0)).1.value } - entropy.gradient[column])
          < 1e-8)
    }
  }

  @Test func theSquaredErrorIsItsDoubleSum() {
    let weights = [0.2, 0.5, 0.7]
    let (first, second) = (Self.first[0], Self.second[0])
    var sum = 0.0
    for j in 0..<3 {
      for k in 0..<3 {
        let difference = (first[j] - first[k]) - (second[j] - second[k])
        sum += weights[j] * weights[k] * difference * difference / 4
      }
    }
    let term = PairTerm.squaredError(first, second, weights: weights, reach: .both)
    #expect(abs(term.value - sum) < 1e-14)
  }
}
