internal import Foundation

extension Verdict {
  /// Weighs what the probe and the attacks found.
  ///
  /// The thresholds of randomised output, probabilities and Square are those of AutoAttack.
  ///
  /// - Parameters:
  ///   - probe: what a few questions told before the run; nil where none were asked.
  ///   - result: what the attacks found.
  public init(probe: ProbeFindings?, result: EvaluationResult) {
    var evidence = result.attacks.filter { $0.backwards > 0 }.map(Self.zeroGradients)
    if let square = Self.blackBox(result) { evidence.append(square) }
    if let probe {
      evidence += [
        Self.cleanAccuracy(
          // Of those seen: a run that was decided early may not have seen all.
          Proportion(result.cleanCorrect.count, of: result.clean.attacked),
          classes: probe.classes),
        Self.range(probe), Self.probabilities(probe), Self.clippedLogits(probe),
        Self.randomness(probe),
      ]
      if probe.attacked > 0 {
        evidence += [Self.radiusZero(probe), Self.largeRadius(probe)]
        if result.settings.largestRadius.value > 0 { evidence.append(Self.steps(probe)) }
      }
    }
    self.init(evidence)
  }

  private static func zeroGradients(_ attack: EvaluationResult.AttackResult) -> Evidence {
    let share = Double(attack.zeroGradients) / Double(attack.backwards)
    return Evidence(
      check: "zero gradients of \(attack.name)", status: share > 0.01 ? .suspicious : .reliable,
      finding: "\(attack.zeroGradients) of \(attack.backwards) gradients are zero in every pixel",
      value: share, threshold: 0.01)
  }

  /// Black-box search should find nothing that the gradients of earlier attacks did not.
  private static func blackBox(_ result: EvaluationResult) -> Evidence? {
    guard let place = result.attacks.firstIndex(where: { !$0.seesGradients }),
      result.attacks[..<place].contains(where: { $0.backwards > 0 }), result.robust.total > 0
    else { return nil }
    let fooled = result.attacks[place].fooled
    let share = Double(fooled) / Double(result.robust.total)
    return Evidence(
      check: "black box beats white box", status: share > 0.002 ? .suspicious : .reliable,
      finding:
        "\(result.attacks[place].name) fooled \(fooled) images that the attacks with gradients before it had not",
      value: share, threshold: 0.002)
  }

  private static func cleanAccuracy(_ correct: Proportion, classes: Int) -> Evidence {
    let chance = 1 / Double(max(1, classes))
    let isChance = correct.clopperPearson.lowerBound <= chance
    return Evidence(
      check: "clean accuracy", status: isChance ? .invalid : .reliable,
      finding: "\(correct.count) of \(correct.total) clean images are classified correctly, "
        + (isChance ? "no more than by chance" : "more than by chance"),
      value: correct.value, threshold: chance)
  }

  private static func range(_ probe: ProbeFindings) -> Evidence {
    let best = probe.correctInRange.sorted { $0.key < $1.key }.max { $0.value < $1.value }
    let gain = Double((best?.value ?? 0) - probe.correct) / Double(max(1, probe.images))
    return Evidence(
      check: "input range", status: gain > 0.1 ? .invalid : .reliable,
      finding: "\(probe.correct) of \(probe.images) images are correct as pixels in [0, 1], "
        + "\(best?.value ?? 0) at best in another range (\(best?.key ?? "none"))",
      value: gain, threshold: 0.1)
  }

  private static func probabilities(_ probe: ProbeFindings) -> Evidence {
    let share = Double(probe.probabilityLike) / Double(max(1, probe.images))
    return Evidence(
      check: "logits", status: probe.images > 0 && share == 1 ? .suspicious : .reliable,
      finding: "\(probe.probabilityLike) of \(probe.images) outputs are positive and sum to one, "
        + "as probabilities do",
      value: share, threshold: 1)
  }

  private static func clippedLogits(_ probe: ProbeFindings) -> Evidence {
    Evidence(
      check: "clipped logits", status: probe.zeroLogits > 0.01 ? .suspicious : .reliable,
      finding: String(
        format: "%.1f %% of the logits are exactly zero, as behind a ReLU", probe.zeroLogits * 100),
      value: probe.zeroLogits, threshold: 0.01)
  }

  private static func randomness(_ probe: ProbeFindings) -> Evidence {
    Evidence(
      check: "randomised output", status: probe.spread > 1e-4 ? .suspicious : .reliable,
      finding: "two evaluations of one image differ by \(probe.spread) at most",
      value: probe.spread, threshold: 1e-4)
  }

  private static func radiusZero(_ probe: ProbeFindings) -> Evidence {
    Evidence(
      check: "radius zero", status: probe.changedAtZero > 0 ? .invalid : .reliable,
      finding: "\(probe.changedAtZero) of \(probe.attacked) images change class when nothing may "
        + "change",
      value: Double(probe.changedAtZero) / Double(probe.attacked), threshold: 0)
  }

  private static func largeRadius(_ probe: ProbeFindings) -> Evidence {
    let share = Double(probe.standingAtLarge) / Double(probe.attacked)
    return Evidence(
      check: "large radius", status: share > 0.1 ? .suspicious : .reliable,
      finding: "\(probe.standingAtLarge) of \(probe.attacked) images survive PGD-20 at Linf 0.5, "
        + "where any image can become grey",
      value: share, threshold: 0.1)
  }

  private static func steps(_ probe: ProbeFindings) -> Evidence {
    let growth = probe.lossAfterTenSteps - probe.lossAfterOneStep
    return Evidence(
      check: "more steps", status: growth > 0 ? .reliable : .suspicious,
      finding: String(
        format: "the mean loss is %.4g after one step of PGD and %.4g after ten",
        probe.lossAfterOneStep, probe.lossAfterTenSteps),
      value: growth, threshold: 0)
  }
}
