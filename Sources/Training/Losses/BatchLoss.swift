/// What a loss is computed from: logits of a whole batch, a row an image.
struct LossInputs {
  /// Of the passes in training mode that the loss needs.
  var logits: [ForwardPass: [[Double]]]
  /// Of the teacher, if there is one.
  var teacher: [[Double]]
  var labels: [Int]
  /// Of mixed images; empty where none are.
  var secondLabels: [SecondLabel?] = []
  /// Last epoch's, where the loss uses them.
  var classMeans: ClassMeans?
  /// Of the images that were made with the teacher's help.
  var samples = SampleInputs()
  /// Counted from 1.
  var epoch: Int
  /// The recipe's number of epochs.
  var epochs: Int
}

/// A loss over a batch with its gradients.
struct BatchLoss {
  var total = 0.0
  /// Means over the batch, unweighted, by name.
  var parts: [String: Double] = [:]
  /// The total's gradients with respect to each pass's logits, a row an image.
  var gradients: [ForwardPass: [[Double]]]

  /// Computes a loss in double precision.
  init(_ loss: TrainingLoss, of inputs: LossInputs) {
    gradients = inputs.logits.mapValues { rows in
      rows.map { [Double](repeating: 0, count: $0.count) }
    }
    for row in inputs.labels.indices { add(row, loss, of: inputs) }
    addSamples(loss, of: inputs)
  }

  /// Adds a sample's share.
  private mutating func add(_ row: Int, _ loss: TrainingLoss, of inputs: LossInputs) {
    let label = inputs.labels[row]
    let share = 1 / Double(inputs.labels.count)
    let second = inputs.secondLabels.isEmpty ? nil : inputs.secondLabels[row]
    func logits(_ pass: ForwardPass) -> [Double] { inputs.logits[pass]?[row] ?? [] }
    func entropy(_ pass: ForwardPass, smoothing: Double = 0) -> SingleTerm {
      .crossEntropy(logits(pass), label: label, second: second, smoothing: smoothing)
    }
    var sum = SampleSum(row: row, share: share)
    switch loss {
    case .natural(let smoothing):
      sum.add("ce", entropy(.clean, smoothing: smoothing), at: .clean)
    case .adversarial(let smoothing):
      sum.add("ce", entropy(.adversarial, smoothing: smoothing), at: .adversarial)
    case .trades(let weight, let smoothing):
      sum.add("ce", entropy(.clean, smoothing: smoothing), at: .clean)
      sum.add("kl", .divergence(logits(.clean), logits(.adversarial)), times: weight)
    case .decoupled(let divergence):
      sum.add("ce", entropy(.clean), at: .clean)
      let terms = divergence.terms(
        logits(.clean), logits(.adversarial), label: label, classMeans: inputs.classMeans)
      sum.add("wmse", terms.squaredError, times: divergence.squaredErrorWeight)
      sum.add("sce", terms.crossEntropy, at: .adversarial, times: divergence.crossEntropyWeight)
    case .lowTemperature(let temperature, let weight):
      let target = inputs.teacher[row].probabilities(temperature: temperature)
      sum.add("ce", .crossEntropy(logits(.clean), target: target), at: .clean)
      sum.add("kl", .divergence(logits(.clean), logits(.adversarial)), times: weight)
    case .distillation(let labels, let weight, let temperature):
      sum.add("ce", entropy(.clean), at: .clean, times: labels)
      let divergence = PairTerm.divergence(
        inputs.teacher[row], logits(.clean), temperature: temperature)
      sum.add(
        "kd", divergence.ofSecond(times: temperature * temperature), at: .clean, times: weight)
    case .decoupledDistillation(let divergence, let warmUpEpochs):
      sum.add("ce", entropy(.clean), at: .clean)
      let warmth = min(Double(inputs.epoch) / Double(max(warmUpEpochs, 1)), 1)
      let terms = divergence.terms(
        inputs.teacher[row], logits(.clean), label: label, classMeans: inputs.classMeans)
      sum.add(
        "wmse", terms.squaredError.ofSecond(times: 1), at: .clean,
        times: warmth * divergence.squaredErrorWeight)
      sum.add(
        "sce", terms.crossEntropy, at: .clean, times: warmth * divergence.crossEntropyWeight)
    case .boundaryDistillation(let boundary):
      sum.add("ce", entropy(.clean), at: .clean)
      sum.add(
        "kd", boundary.softEntropy(inputs.teacher[row], logits(.clean)), at: .clean,
        times: boundary.teacherWeight(epoch: inputs.epoch, of: inputs.epochs))
    case .localDistribution(let distribution):
      sum.add("ce", entropy(.clean), at: .clean, times: distribution.labels)
      let temperature = distribution.temperature
      let divergence = PairTerm.divergence(
        inputs.teacher[row], logits(.clean), temperature: temperature)
      sum.add(
        "kd", divergence.ofSecond(times: temperature * temperature), at: .clean,
        times: distribution.teacher)
    }
    merge(sum)
  }

  mutating func merge(_ sum: SampleSum) {
    total += sum.total
    for (name, value) in sum.parts { parts[name, default: 0] += value }
    for (pass, gradient) in sum.gradients { gradients[pass]?[sum.row].add(gradient, times: 1) }
  }
}

/// One sample's share of a batch's loss.
struct SampleSum {
  let row: Int
  let share: Double
  var total = 0.0
  var parts: [String: Double] = [:]
  var gradients: [ForwardPass: [Double]] = [:]

  init(row: Int, share: Double) {
    self.row = row
    self.share = share
  }

  mutating func add(
    _ name: String, _ term: SingleTerm, at pass: ForwardPass, times weight: Double = 1
  ) {
    count(name, term.value, weight)
    pull(pass, term.gradient, weight)
  }

  /// Adds a term of clean and adversarial logits.
  mutating func add(_ name: String, _ term: PairTerm, times weight: Double) {
    count(name, term.value, weight)
    pull(.clean, term.first, weight)
    pull(.adversarial, term.second, weight)
  }

  private mutating func count(_ name: String, _ value: Double, _ weight: Double) {
    parts[name, default: 0] += share * value
    total += weight * share * value
  }

  private mutating func pull(_ pass: ForwardPass, _ gradient: [Double], _ weight: Double) {
    gradients[pass, default: [Double](repeating: 0, count: gradient.count)]
      .add(gradient, times: weight * share)
  }
}

extension PairTerm {
  /// The term as a function of its second logits.
  fileprivate func ofSecond(times factor: Double) -> SingleTerm {
    SingleTerm(value: factor * value, gradient: second.map { factor * $0 })
  }
}

extension DecoupledDivergence {
  /// Both parts for one sample, unweighted.
  ///
  /// In the cross-entropy the first logits are fixed.
  func terms(
    _ first: [Double], _ second: [Double], label: Int, classMeans: ClassMeans?
  ) -> (squaredError: PairTerm, crossEntropy: SingleTerm) {
    let weights: [Double] =
      switch classWeights {
      case .sample(let temperature): first.probabilities(temperature: temperature)
      case .classMeans: classMeans.map { Array($0.row(label)) } ?? []
      }
    return (
      .squaredError(first, second, weights: weights, reach: reach),
      .crossEntropy(
        second, target: first.probabilities(temperature: temperature), temperature: temperature)
    )
  }
}
