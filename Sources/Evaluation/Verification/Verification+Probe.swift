internal import Tensors

/// The questions of `probe.json`, asked again.
extension Verification {
  func checkProbe(_ findings: inout VerificationFindings) async throws {
    let settings = run.settings
    guard let claimed = run.probe else {
      if settings.attacks.isEmpty { return }
      throw run.contradiction(
        "probe.json", "is missing; a run with attacks has one (the run's command writes it anew)")
    }
    findings.isProbed = true
    let asked = (settings.allIndices ?? settings.indices).compactMap { positions[$0] }
    let all = min(asked.count, NetworkProbe.classified)
    // Runs that were no shards and were merged asked about the images of the first.
    if claimed.images < all {
      findings.trusted.append(
        "that the probe asked about \(claimed.images) images, the first run's, before runs were "
          + "merged; \(all) are asked about otherwise")
    }
    let probe = NetworkProbe(
      dataset: dataset, positions: Array(asked.prefix(max(1, claimed.images))),
      norm: settings.norm, radius: Float(settings.largestRadius.value))
    let (found, open) = try await probe.weigh(pool)
    if let difference = claimed.difference(from: found, openImages: open) {
      throw run.contradiction(
        "probe.json", "\(difference); the same questions were asked again")
    }
  }
}

extension ProbeFindings {
  /// The first finding that is not what the same questions give on another library, in words.
  ///
  /// Counts may differ by the images whose class rounding decides. Attacks of several steps part
  /// where a gradient's sign does, so that their counts and losses are close, not equal.
  ///
  /// - Parameters:
  ///   - found: what was found anew.
  ///   - open: how many images have a class that rounding decides.
  /// - Returns: a clause; nil when all findings are explained.
  func difference(from found: ProbeFindings, openImages open: Int) -> String? {
    var counts: [(name: String, own: Int, found: Int, tolerance: Int)] = [
      ("classes", classes, found.classes, 0), ("images", images, found.images, 0),
      ("correct", correct, found.correct, open),
      ("probability_like", probabilityLike, found.probabilityLike, open),
      ("attacked", attacked, found.attacked, open),
      ("changed_at_zero", changedAtZero, found.changedAtZero, open),
      ("standing_at_large", standingAtLarge, found.standingAtLarge, 1 + found.attacked / 8),
    ]
    for (range, count) in found.correctInRange.sorted(by: { $0.key < $1.key }) {
      counts.append(
        ("correct_in_range, \(range),", correctInRange[range] ?? -1, count, open))
    }
    guard correctInRange.count == found.correctInRange.count else {
      return
        "correct_in_range has \(correctInRange.count) ranges, not \(found.correctInRange.count)"
    }
    for count in counts where abs(count.own - count.found) > count.tolerance {
      return "\(count.name) is \(count.own), but the network gives \(count.found)"
    }
    let shares: [(name: String, own: Double, found: Double, tolerance: Double)] = [
      ("spread", spread, found.spread, 1e-6),
      ("zero_logits", zeroLogits, found.zeroLogits, 1e-3),
      ("loss_after_one_step", lossAfterOneStep, found.lossAfterOneStep, 0.02),
      ("loss_after_ten_steps", lossAfterTenSteps, found.lossAfterTenSteps, 0.05),
    ]
    for share in shares
    where !(abs(share.own - share.found) <= share.tolerance * max(1, abs(share.found))) {
      return "\(share.name) is \(share.own), but the network gives \(share.found)"
    }
    return nil
  }
}
