import Attacks
import Graphs
import OneDNNBackend
import Tensors

@testable import Training

extension GoldenDistillation {
  /// Takes all steps on oneDNN and compares.
  func outcome(_ name: String) async throws -> GoldenOutcome {
    var outcome = GoldenOutcome(name: name)
    let student = try student()
    let learner = try Learner(
      model: student, recipe: recipe, teacher: try teacher(),
      on: Machine(backend: OneDNNBackend(), threads: 2) { OneDNNBackend.useThreads($0) })
    let batch = images()
    let offsets = offsets()
    for (number, expected) in steps.enumerated() {
      let settings = StepSettings(epoch: epoch ?? number + 1, learningRate: lr, radius: 0)
      let source = Learner.Perturbed.craftedFrom(offsets)
      if number == 0 {
        let question = try await learner.question(batch, settings, source)
        compare(question, batch, &outcome)
      }
      let trace = try await learner.step(batch, settings, perturbed: source)
      compare(expected.loss_parts, trace, number, &outcome)
      let place = "step \(number) "
      // Particles that ascend hardly any slope round otherwise, which may move a ReLU's input
      // across 0.
      outcome.compare(
        expected.gradient_without_weight_decay, trace, at: place, first: K == nil ? 1e-3 : 5e-3)
      outcome.compare(
        expected.after, await learner.state, from: student.parameters, at: "after " + place)
      guard let matrix = expected.prior_matrix_after_epoch else { continue }
      await learner.endEpoch()
      let means = await learner.state.classMeans?.matrix ?? []
      outcome.compare(
        "means", Double(means.count), Double(matrix.joined().count), tolerance: 0)
      for (position, pair) in zip(means, matrix.joined()).enumerated() {
        outcome.compare("mean \(position)", pair.0, pair.1, tolerance: 1e-4)
      }
    }
    return outcome
  }

  private static let names = [
    "ce": "ce", "kd_with_T2": "kd", "kd_soft_ce": "kd", "wmse": "wmse", "sce": "sce",
    "bss_soft_ce": "bss", "tald_reg": "tald",
  ]

  private func compare(
    _ parts: [String: Double], _ trace: Learner.Trace, _ number: Int,
    _ outcome: inout GoldenOutcome
  ) {
    for (name, value) in parts.sorted(by: { $0.key < $1.key }) {
      let found =
        name == "total"
        ? trace.report.loss : Self.names[name].flatMap { trace.report.parts[$0] } ?? .nan
      outcome.compare(
        "step \(number) \(name)", found, value, relative: name == "tald_reg" ? 5e-4 : 2e-4)
    }
  }

  /// What the teacher said and made.
  private func compare(
    _ question: StepQuestion, _ batch: TrainingBatch, _ outcome: inout GoldenOutcome
  ) {
    for (position, pair) in zip(question.teacher[0], teacher_logits_first_image ?? [])
      .enumerated()
    {
      outcome.compare(
        "teacher \(position)", pair.0, pair.1, tolerance: 2e-4 * 7.4)
    }
    if let attack { compare(attack, question, batch, &outcome) }
    for (number, particle) in (particles ?? []).enumerated() {
      compare(particle, number, question, batch, &outcome)
    }
    for (row, length) in (phi_l2_per_row ?? []).enumerated() {
      outcome.compare(
        "φ \(row)", displacement(row, question, batch).norm(.l2) / 5e-4, length, relative: 5e-4)
    }
    for (row, expected) in (teacher_ce_on_particles ?? []).enumerated() {
      let entropy = SingleTerm.crossEntropy(
        question.sampleTeacher[row], label: batch.labels[question.samples.rows[row]])
      outcome.compare("teacher at particle \(row)", entropy.value, expected, relative: 5e-4)
    }
  }

  /// From the clean image, in coordinates.
  private func displacement(
    _ row: Int, _ question: StepQuestion, _ batch: TrainingBatch
  ) -> Image {
    let clean = batch.images[question.samples.rows[row]]
    return inputSpace.coordinates(of: question.samples.images[row])
      - inputSpace.coordinates(of: clean)
  }

  private func compare(
    _ attack: Crossing, _ question: StepQuestion, _ batch: TrainingBatch,
    _ outcome: inout GoldenOutcome
  ) {
    let rows = question.samples.rows
    outcome.compare(
      "chosen", rows == chosen_in_order ? 1 : 0, 1, tolerance: 0)
    // Logits are small sums of numbers as large as biases; a step is 0.3 of their difference long.
    let rounding = 8 * Double((teacher_fc_bias ?? []).map(\.magnitude).max()?.ulp ?? 0)
    for (row, length) in attack.v_l2.enumerated() {
      outcome.compare(
        "v \(row)", displacement(row, question, batch).norm(.l2), length,
        tolerance: max(2e-4 * length, 0.3 * rounding))
    }
    for (row, target) in (targets ?? []).enumerated() {
      let logits = question.sampleTeacher[row]
      outcome.compare(
        "predicted \(row)", Double(logits.argmax), Double(target), tolerance: 0)
      outcome.compare(
        "margin \(row)", logits[attack.base[row]] - logits[target],
        attack.final_margin_fb_minus_fk[row], tolerance: rounding)
    }
    outcome.compare(
      "samples", question.samples.images.flatMap { inputSpace.coordinates(of: $0).pixels },
      attack.adv, norm: 2e-4, first: 1e-3)
  }

  private func compare(
    _ particle: Particle, _ number: Int, _ question: StepQuestion, _ batch: TrainingBatch,
    _ outcome: inout GoldenOutcome
  ) {
    let rows = number * batch.count..<(number + 1) * batch.count
    let displacements = rows.map { displacement($0, question, batch) }
    for (displacement, length) in zip(displacements, particle.delta_l2_per_image) {
      outcome.compare(
        "particle \(number) moved", displacement.norm(.l2), length, relative: 5e-4)
    }
    outcome.compare(
      "particle \(number) less image", displacements.flatMap(\.pixels), particle.delta,
      norm: 5e-4, first: 5e-3, sum: 1e-3)
    outcome.compare(
      "particle \(number)",
      rows.flatMap { inputSpace.coordinates(of: question.samples.images[$0]).pixels },
      particle.particle, norm: 2e-4, first: 1e-3)
  }
}
