internal import Attacks
internal import Execution

/// An attack that was not run, or with fewer steps than said, has other costs than it must have.
extension Verification {
  func checkCosts() throws(EvaluationError) {
    let costs = Dictionary(
      uniqueKeysWithValues: attacks.map { attack in
        let cost = attack.cost(in: run.settings.norm, classes: classes)
        return (attack.name, (cost: cost, searchesOnce: attack is any MinimumDistanceAttack))
      })
    let first = sets[0].radius.text
    for entry in run.entries {
      let passes = entry.passes
      // Confirmations of successes on the way, and the verdict.
      guard passes.judgements >= 1, passes.judgements <= passes.forwards + 1 else {
        throw impossible(entry, "1 to \(passes.forwards + 1) judgements", "\(passes.judgements)")
      }
      guard passes.zeroGradients <= passes.backwards, passes.backwards <= passes.forwards else {
        throw impossible(
          entry, "no more zero gradients than gradients",
          "\(passes.zeroGradients) zero gradients of \(passes.backwards)")
      }
      let none = PassRange(forwards: 0...0, backwards: 0...0)
      var allowed: [PassRange] = []
      if let (cost, searchesOnce) = costs[entry.attack] {
        switch entry.outcome {
        case .fooled: allowed.append(cost.ofFooled)
        // A claim that was rejected may have ended the attack.
        case .rejected: allowed += [cost.ofFooled, cost.ofSurvivor]
        case .survived, .correct, .wrong: allowed.append(cost.ofSurvivor)
        }
        // Its search within the first radius decides within the others.
        if searchesOnce && entry.eps != first { allowed.append(none) }
      } else {
        allowed.append(none)
      }
      let isPossible = allowed.contains {
        $0.contains(forwards: passes.forwards, backwards: passes.backwards)
      }
      if isPossible { continue }
      throw impossible(
        entry, allowed.map(\.description).joined(separator: ", or "),
        "\(passes.forwards) forwards and \(passes.backwards) backwards")
    }
  }

  private func impossible(
    _ entry: LedgerEntry, _ expected: String, _ found: String
  ) -> EvaluationError {
    run.contradiction(
      "ledger.jsonl",
      "\(entry.step) of image \(entry.index), which \(entry.outcome.rawValue), is said to have "
        + "taken \(found); with its settings it takes \(expected)")
  }
}
