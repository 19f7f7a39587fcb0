/// What belongs to the images that were made with the teacher's help, a row an image.
struct SampleInputs {
  var labels: [Int] = []
  /// The teacher's logits.
  var teacher: [[Double]] = []
}

extension BatchLoss {
  /// Adds the terms of images that were made with the teacher's help.
  mutating func addSamples(_ loss: TrainingLoss, of inputs: LossInputs) {
    let students = inputs.logits[.adversarial] ?? []
    switch loss {
    case .boundaryDistillation(let boundary):
      let weight = boundary.sampleWeight(epoch: inputs.epoch, of: inputs.epochs)
      for (row, student) in students.enumerated() {
        var sum = SampleSum(row: row, share: 1 / Double(students.count))
        sum.add(
          "bss", boundary.softEntropy(inputs.samples.teacher[row], student), at: .adversarial,
          times: weight)
        merge(sum)
      }
    case .localDistribution(let distribution):
      let clean = distribution.comparesClean ? inputs.logits[.clean] ?? [] : []
      let share = 1 / Double(students.count + clean.count)
      for (row, student) in students.enumerated() {
        var sum = SampleSum(row: row, share: share)
        sum.add(
          "tald",
          .entropyDifference(
            student, teacher: inputs.samples.teacher[row], label: inputs.samples.labels[row]),
          at: .adversarial, times: distribution.weight)
        merge(sum)
      }
      for (row, student) in clean.enumerated() {
        var sum = SampleSum(row: row, share: share)
        sum.add(
          "tald",
          .entropyDifference(student, teacher: inputs.teacher[row], label: inputs.labels[row]),
          at: .clean, times: distribution.weight)
        merge(sum)
      }
    case .natural, .adversarial, .trades, .decoupled, .lowTemperature, .distillation,
      .decoupledDistillation:
      return
    }
  }
}

extension SingleTerm {
  /// (CE(student) − CE(teacher))², the teacher fixed.
  static func entropyDifference(
    _ student: [Double], teacher: [Double], label: Int
  ) -> SingleTerm {
    let own = crossEntropy(student, label: label)
    let difference = own.value - crossEntropy(teacher, label: label).value
    return SingleTerm(
      value: difference * difference, gradient: own.gradient.map { 2 * difference * $0 })
  }
}

extension BoundaryDistillation {
  /// The cross-entropy with the teacher's probabilities, both at the temperature.
  func softEntropy(_ teacher: [Double], _ student: [Double]) -> SingleTerm {
    .crossEntropy(
      student, target: teacher.probabilities(temperature: temperature), temperature: temperature)
  }
}
