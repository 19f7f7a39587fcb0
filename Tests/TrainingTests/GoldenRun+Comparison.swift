import Foundation
import Graphs
import OneDNNBackend
import Tensors
import TestSupport
@testable import Training

/// What a run of the engine gave, compared with PyTorch.
struct GoldenOutcome: Sendable {
  /// One number and how far it may be off.
  struct Comparison: Sendable, CustomStringConvertible {
    var field: String
    var found: Double
    var expected: Double
    /// In the same units.
    var tolerance: Double

    var isNear: Bool { abs(found - expected) <= tolerance }

    var description: String {
      "\(field): \(found) instead of \(expected) ± \(tolerance)"
    }
  }

  var name: String
  var comparisons: [Comparison] = []

  mutating func compare(
    _ field: String, _ found: Double, _ expected: Double, tolerance: Double
  ) {
    comparisons.append(
      Comparison(field: field, found: found, expected: expected, tolerance: tolerance))
  }

  /// Relative to what is expected.
  mutating func compare(
    _ field: String, _ found: Double, _ expected: Double, relative: Double
  ) {
    compare(field, found, expected, tolerance: relative * abs(expected))
  }

  /// A tensor with its summary.
  mutating func compare(
    _ field: String, _ found: [Float], _ expected: Checksum, norm: Double, first: Double,
    sum: Double = 2e-4
  ) {
    let values = found.map { Double($0) }
    let scale = expected.l2 / Double(expected.n).squareRoot()
    compare("\(field).n", Double(values.count), Double(expected.n), tolerance: 0)
    compare(
      "\(field).l2", values.reduce(0) { $0 + $1 * $1 }.squareRoot(), expected.l2, relative: norm)
    compare(
      "\(field).sum", values.reduce(0, +), expected.sum, tolerance: sum * expected.asum)
    for (position, value) in expected.first3.enumerated() {
      let size = max(abs(value), scale)
      compare(
        "\(field)[\(position)]", values[position], value, tolerance: first * size)
    }
  }
}

extension GoldenRun {
  /// Takes all steps on oneDNN and compares.
  func outcome(_ name: String) async throws -> GoldenOutcome {
    var outcome = GoldenOutcome(name: name)
    let model = try model()
    let learner = try Learner(
      model: model, recipe: try recipe, teacher: try teacher,
      on: Machine(backend: OneDNNBackend(), threads: 2) { OneDNNBackend.useThreads($0) })
    for (number, step, settings) in schedule {
      let batch = try batch(step)
      let noisy = noisy(batch, step: number, radius: settings.radius)
      let perturbed = try await learner.perturbedImages(
        of: batch, settings, start == "fixed" ? .given(noisy) : .craftedFrom(noisy))
      if let crafting = step.crafting {
        try await compare(crafting, perturbed, batch, settings, learner, number, &outcome)
      }
      let trace = try await learner.step(batch, settings, perturbed: .given(perturbed))
      let state = await learner.state
      compare(step, trace, number, &outcome)
      if let after = step.after, !isLoose, !isWide {
        outcome.compare(after, state, from: model.parameters, at: "after step \(number) ")
      }
      if let epoch = epochs_log?.first(where: { $0.epoch == settings.epoch }),
        (number + 1) % epoch.batches.count == 0
      {
        await learner.endEpoch()
        let matrix = await learner.state.classMeans?.matrix ?? []
        for (position, pair) in zip(matrix, epoch.class_mean_matrix_after_epoch.joined())
          .enumerated()
        {
          outcome.compare(
            "epoch \(epoch.epoch) mean \(position)", pair.0, pair.1,
            tolerance: isWide ? 1e-3 : 1e-4)
        }
      }
    }
    if let expected = eval_mode_after, !isLoose, let first = schedule.first {
      let batch = try batch(first.step)
      let rows = try await learner.logits(of: batch.images)
      let largest = expected.logits_first_image.map { abs($0) }.max() ?? 0
      for (position, pair) in zip(rows[0], expected.logits_first_image).enumerated() {
        outcome.compare(
          "logit \(position)", Double(pair.0), pair.1, tolerance: 2e-4 * largest)
      }
      let entropy = zip(rows, batch.labels).reduce(0) { sum, pair in
        sum + SingleTerm.crossEntropy(pair.0.map { Double($0) }, label: pair.1).value
      }
      outcome.compare(
        "ce after", entropy / Double(batch.count), expected.ce_on_first_batch, relative: 2e-4)
    }
    return outcome
  }

  /// Whether the run was not chosen to be comparable closely.
  private var isLoose: Bool { start_std == 0.001 }
  private var isWide: Bool { epochs_log?.first?.batches.first?.images == [0, 7] }

  private func compare(
    _ step: Step, _ trace: Learner.Trace, _ number: Int, _ outcome: inout GoldenOutcome
  ) {
    let place = "step \(number) "
    let relative = isLoose || isWide ? 2e-2 : 2e-4
    if let loss = step.loss {
      outcome.compare(place + "loss", trace.report.loss, loss, relative: relative)
    }
    let names = [
      "ce_clean": "ce", "soft_ce_clean": "ce", "kl_batchmean": "kl", "wmse": "wmse", "sce": "sce",
      "bce": "bce", "kl": "kl",
    ]
    for (name, value) in (step.loss_parts ?? [:]).sorted(by: { $0.key < $1.key }) {
      if isLoose && name != "ce_clean" { continue }
      let found = names[name].flatMap { trace.report.parts[$0] } ?? trace.report.loss
      outcome.compare(
        place + name, found, value, relative: relative)
    }
    if isLoose || isWide { return }
    outcome.compare(step.gradient_without_weight_decay ?? [:], trace, at: place)
    guard let perturbation = step.awp, let gamma = awp_gamma else { return }
    outcome.compare(
      place + "loss before", trace.lossBefore ?? .nan,
      perturbation.loss_at_unperturbed_weights_train_mode, relative: 2e-4)
    if let count = perturbation.n_perturbed_tensors {
      outcome.compare(
        place + "perturbed tensors", Double(trace.displacement.count), Double(count), tolerance: 0)
    }
    for (name, checksum) in perturbation.v {
      let direction = trace.displacement[name]?.elements.map { $0 / Float(gamma) } ?? []
      outcome.compare(place + "v " + name, direction, checksum, norm: 1e-3, first: 5e-3, sum: 1e-3)
    }
  }

  private func compare(
    _ crafting: Crafting, _ perturbed: [Image], _ batch: TrainingBatch, _ settings: StepSettings,
    _ learner: Learner, _ number: Int, _ outcome: inout GoldenOutcome
  ) async throws {
    let place = "crafting \(number) "
    let displacement = zip(perturbed, batch.images).flatMap { ($0 - $1).pixels }
    let norm = displacement.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    outcome.compare(
      place + "norm", norm, crafting.delta.l2, relative: isLoose ? 2e-2 : 2e-4)
    if isLoose { return }
    let pixels = perturbed.flatMap(\.pixels)
    for (position, value) in zip(crafting.probe_index, crafting.probe_value) {
      outcome.compare(
        place + "pixel \(position)", Double(pixels[position]), value, tolerance: 1e-5)
    }
    func count(_ field: String, _ expected: Int, _ isCounted: (Int) -> Bool) {
      outcome.compare(
        place + field, Double(pixels.indices.count(where: isCounted)), Double(expected),
        tolerance: 0.001 * Double(pixels.count))
    }
    let radius = Float(settings.radius)
    count("at +ε", crafting.n_at_plus_eps) { abs(displacement[$0] - radius) < 1e-6 }
    count("at −ε", crafting.n_at_minus_eps) { abs(displacement[$0] + radius) < 1e-6 }
    count("at 0", crafting.n_box_0) { pixels[$0] == 0 }
    count("at 1", crafting.n_box_1) { pixels[$0] == 1 }
  }
}
