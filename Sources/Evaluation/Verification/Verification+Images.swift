internal import Attacks
internal import Datasets
internal import Execution
internal import Tensors

/// Classes, margins and distances are computed anew and compared with what the ledger says.
extension Verification {
  func checkClean(
    _ entry: LedgerEntry, at position: Int, _ findings: inout VerificationFindings
  ) throws {
    findings.images += 1
    let name = "the clean image \(entry.index)"
    let label = dataset.label(at: position)
    guard entry.label == label else {
      throw run.contradiction(
        "ledger.jsonl",
        "image \(entry.index) has label \(entry.label); in \(dataset.name) it is \(label)")
    }
    guard (entry.outcome == .correct) == (entry.predicted == label) else {
      throw run.contradiction(
        "ledger.jsonl",
        "image \(entry.index) is \(entry.outcome.rawValue), but has label \(label) and "
          + "predicted class \(entry.predicted)")
    }
    guard entry.distance == 0, entry.record == nil, entry.boundaryDistance == nil,
      entry.boundaryRecord == nil, entry.eps == nil
    else { throw run.contradiction("ledger.jsonl", "\(name) is said to be another than it is") }
    let clean = dataset.image(at: position)
    if !fooled.contains(entry.index) { findings.pixels.add(clean.pixels) }
    let logits = try logits(at: clean)
    try compare(entry, with: logits, label: label, name, "ledger.jsonl")
    if logits.argmax != entry.predicted { findings.undecided.append(entry.index) }
  }

  /// The image of a survivor is not stored, so that only what follows from its survival is checked.
  func checkSurvivor(_ entry: LedgerEntry, at position: Int) throws {
    let name = "\(entry.step) of image \(entry.index)"
    guard entry.label == dataset.label(at: position) else {
      throw run.contradiction("ledger.jsonl", "\(name) has label \(entry.label)")
    }
    guard let (radius, set) = sets.first(where: { $0.radius.text == entry.eps }) else {
      throw run.contradiction("ledger.jsonl", "\(name) has no radius that is in run.json")
    }
    let isInside = entry.distance <= radius.value + set.tolerance
    guard !isInside || entry.predicted == entry.label && entry.margin >= 0 else {
      throw run.contradiction(
        "ledger.jsonl",
        "\(name) \(entry.outcome.rawValue), but the image within the radius has predicted class "
          + "\(entry.predicted) and margin \(entry.margin)")
    }
    guard entry.record == nil else {
      throw run.contradiction("ledger.jsonl", "\(name) has an adversarial image")
    }
  }

  func check(
    _ image: Image, for claim: LedgerEntry, at position: Int,
    _ findings: inout VerificationFindings
  ) throws {
    findings.adversarial += 1
    let clean = dataset.image(at: position)
    let name = "the adversarial image of \(claim.index)"
    guard image.pixels.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
      throw run.contradiction("adversarial.h5", "\(name) has a pixel outside [0, 1]")
    }
    findings.pixels.add(image.pixels)
    guard let place = sets.firstIndex(where: { $0.radius.text == claim.eps }) else {
      throw run.contradiction(
        "ledger.jsonl",
        "\(name) is claimed within \(claim.eps ?? "no radius"), which is not in run.json")
    }
    let (radius, set) = sets[place]
    let distance = set.distance(of: image, from: clean)
    guard distance <= radius.value + set.tolerance else {
      throw run.contradiction(
        "adversarial.h5",
        "\(name) is \(distance) away from the clean one; the radius is \(radius.value)")
    }
    guard abs(distance - claim.distance) <= 1e-9 * max(1, distance) else {
      throw run.contradiction(
        "adversarial.h5",
        "\(name) is \(distance) away; the ledger says \(claim.distance)")
    }
    let label = dataset.label(at: position)
    guard claim.label == label, claim.predicted != label else {
      throw run.contradiction(
        "ledger.jsonl",
        "\(name) is claimed with label \(claim.label) and predicted class "
          + "\(claim.predicted); the data say \(label)")
    }
    findings.adversarialWithin[radius.text, default: 0] += 1
    if sets[..<place].contains(where: { distance <= $0.radius.value }) {
      findings.insideSmallerRadius.append(claim.index)
    }
    let slack = radius.value - distance
    if slack < findings.worstSlack {
      (findings.worstSlack, findings.worstIndex) = (slack, claim.index)
    }
    let logits = try logits(at: image)
    try compare(claim, with: logits, label: label, name, "adversarial.h5")
    if logits.argmax == label { findings.undecided.append(claim.index) }
    try countRounded(image, clean, label, within: set, &findings)
  }

  /// What the ledger says of an image must be what the network says here, up to rounding.
  private func compare(
    _ entry: LedgerEntry, with logits: [Float], label: Int, _ name: String, _ file: String
  ) throws {
    let tolerance = Self.tolerance(of: logits)
    let largest = Double(logits[logits.argmax])
    guard logits.indices.contains(entry.predicted),
      largest - Double(logits[entry.predicted]) <= tolerance
    else {
      throw run.contradiction(
        file,
        "\(name) is said to be class \(entry.predicted); the network says \(logits.argmax)")
    }
    let margin = logits.margin(of: label)
    guard abs(margin - entry.margin) <= tolerance else {
      throw run.contradiction(
        "ledger.jsonl",
        "\(name) is said to have the margin \(entry.margin); the network gives \(margin), and "
          + "rounding explains \(tolerance)")
    }
  }

  private func countRounded(
    _ image: Image, _ clean: Image, _ label: Int, within set: any PerturbationSet,
    _ findings: inout VerificationFindings
  ) throws {
    let rounded = image.map { ($0 * 255).rounded() / 255 }
    if try logits(at: rounded).argmax == label { return }
    findings.misclassifiedAfterRounding += 1
    if set.distance(of: rounded, from: clean) <= Double(set.radius) + set.tolerance {
      findings.survivingRounding += 1
    }
  }
}
