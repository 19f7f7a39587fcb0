public import Datasets
public import Execution
internal import Attacks
internal import Tensors

/// What a verification found where nothing contradicts.
public struct VerificationFindings: Hashable, Sendable {
  /// Images whose clean class was computed anew.
  public var images = 0
  /// Adversarial images that were checked.
  public var adversarial = 0
  /// The smallest of an image's radius minus its distance, in pixel units; negative within the tolerance only.
  public var worstSlack = Double.infinity
  /// The stable index of the image with that slack.
  public var worstIndex: Int?
  /// How many adversarial images belong to each radius, as it was written: the one within which
  /// the run found them.
  public var adversarialWithin: [String: Int] = [:]
  /// Adversarial images that lie within a smaller radius than the one they belong to, so that the
  /// robust accuracy within that one is less than the run says.
  public var insideSmallerRadius: [Int] = []
  /// How far outside the radius rounding may leave an image.
  public var tolerance = 0.0
  /// Classes that differ here, but whose margin is smaller than what rounding can explain.
  public var undecided: [Int] = []
  /// Adversarial images that are still misclassified, and inside the radius, when every pixel is
  /// rounded to a whole multiple of 1/255.
  public var survivingRounding = 0
  /// Adversarial images that are still misclassified then, inside the radius or not.
  public var misclassifiedAfterRounding = 0
}

/// Checks every claim of a run anew, from its files, with another library than the one that searched.
public struct Verification {
  let run: RecordedRun
  let dataset: Dataset
  /// The set of images allowed within each radius, ascending; named as the ledger does.
  private let sets: [(eps: String?, radius: RunSettings.Radius, set: any PerturbationSet)]
  let plan: any ExecutionPlan
  let classes: Int

  /// Prepares a verification.
  ///
  /// - Parameters:
  ///   - run: what is claimed.
  ///   - dataset: the images the run was about.
  ///   - network: the network, compiled for the exact path.
  ///   - modelSHA256: of the file the network was read from.
  /// - Throws: ``EvaluationError`` when network or images are not the run's; `BackendError` when the
  ///   network cannot be computed.
  public init(
    of run: RecordedRun, on dataset: Dataset, with network: any CompiledNetwork,
    modelSHA256: String
  ) throws {
    self.run = run
    self.dataset = dataset
    let settings = run.settings
    sets = settings.allRadii.map { radius in
      (
        settings.radii == nil ? nil : radius.eps, radius,
        settings.norm.ball(radius: Float(radius.epsValue))
      )
    }
    guard modelSHA256 == run.settings.modelSHA256 else {
      throw EvaluationError(
        kind: .data, place: run.settings.model,
        problem:
          "the file given for it has the SHA-256 \(modelSHA256); the run evaluated \(run.settings.modelSHA256)"
      )
    }
    let checksum = dataset.sha256
    guard checksum == run.settings.datasetSHA256 else {
      throw EvaluationError(
        kind: .data, place: dataset.name,
        problem: "has the SHA-256 \(checksum); the run was about \(run.settings.datasetSHA256)")
    }
    plan = try network.plan(batch: 1, computing: [])
    classes = network.classes
  }

  /// Checks everything.
  ///
  /// - Returns: what was found.
  /// - Throws: ``EvaluationError`` at the first claim that is not true; `FileError` when a file cannot
  ///   be read; `BackendError` when the network cannot be computed.
  public func check() throws -> VerificationFindings {
    var findings = VerificationFindings()
    findings.tolerance = sets[0].set.tolerance
    let positions = Dictionary(
      uniqueKeysWithValues: (0..<dataset.count).map { (dataset.index(at: $0), $0) })
    for index in run.settings.indices where positions[index] == nil {
      throw run.contradiction("run.json", "image \(index) is not in \(dataset.name)")
    }
    for entry in run.entries where entry.attack == LedgerEntry.clean {
      guard let position = positions[entry.index] else { continue }
      try checkClean(entry, at: position, &findings)
    }
    let file = "\(run.path)/adversarial.h5"
    let images = try AdversarialImages(file, shape: dataset.shape)
    let claims = try claims(matching: images)
    try images.forEach { row, image in
      guard let position = positions[claims[row].index] else { return }
      try check(image, for: claims[row], at: position, &findings)
    }
    return findings
  }

  private func checkClean(
    _ entry: LedgerEntry, at position: Int, _ findings: inout VerificationFindings
  ) throws {
    findings.images += 1
    guard entry.label == dataset.label(at: position) else {
      throw run.contradiction(
        "ledger.jsonl",
        "image \(entry.index) has label \(entry.label); "
          + "in \(dataset.name) it is \(dataset.label(at: position))")
    }
    guard (entry.outcome == .correct) == (entry.predicted == entry.label) else {
      throw run.contradiction(
        "ledger.jsonl",
        "image \(entry.index) is \(entry.outcome.rawValue), but has label \(entry.label) and "
          + "predicted class \(entry.predicted)")
    }
    let logits = try logits(at: dataset.image(at: position))
    if logits.argmax == entry.predicted { return }
    if isUndecided(entry, logits) { return findings.undecided.append(entry.index) }
    throw run.contradiction(
      "ledger.jsonl",
      "the clean image \(entry.index) is said to be class \(entry.predicted); "
        + "the network says \(logits.argmax)")
  }

  /// The ledger's successes in the order of the file, which must hold exactly them.
  private func claims(matching images: AdversarialImages) throws -> [LedgerEntry] {
    let settings = run.settings
    let identity = [
      "model_sha256": settings.modelSHA256, "dataset": settings.dataset,
      "dataset_sha256": settings.datasetSHA256, "norm": settings.norm.rawValue,
      "eps": settings.eps,
    ]
    for (name, expected) in identity.sorted(by: { $0.key < $1.key })
    where images.identity[name] != expected {
      throw run.contradiction(
        "adversarial.h5", "\(name) is \(images.identity[name] ?? "absent"), expected \(expected)")
    }
    let claims = run.entries.filter { $0.outcome == .fooled }.sorted { $0.index < $1.index }
    guard claims.count == images.indices.count else {
      throw run.contradiction(
        "adversarial.h5",
        "holds \(images.indices.count) images; the ledger claims \(claims.count) successes")
    }
    for (row, claim) in claims.enumerated() {
      let found = (images.indices[row], images.labels[row], images.predicted[row])
      guard found == (claim.index, claim.label, claim.predicted),
        images.attacks[row] == claim.attack, images.eps(at: row) == claim.eps
      else {
        let step = LedgerEntry.step(of: images.attacks[row], within: images.eps(at: row))
        throw run.contradiction(
          "adversarial.h5",
          "row \(row) is image \(found.0) of class \(found.1), taken for \(found.2) after "
            + "\(step); the ledger says image \(claim.index) of class "
            + "\(claim.label), taken for \(claim.predicted) after \(claim.step)")
      }
    }
    return claims
  }

  private func check(
    _ image: Image, for claim: LedgerEntry, at position: Int,
    _ findings: inout VerificationFindings
  ) throws {
    findings.adversarial += 1
    let clean = dataset.image(at: position)
    let name = "the adversarial image of \(claim.index)"
    guard image.pixels.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
      throw run.contradiction("adversarial.h5", "\(name) has a pixel outside [0, 1]")
    }
    guard let place = sets.firstIndex(where: { $0.eps == claim.eps }) else {
      throw run.contradiction(
        "ledger.jsonl",
        "\(name) is claimed within \(claim.eps ?? "no radius"), which is not in run.json")
    }
    let (_, radius, set) = sets[place]
    let distance = set.distance(of: image, from: clean)
    guard distance <= radius.epsValue + set.tolerance else {
      throw run.contradiction(
        "adversarial.h5",
        "\(name) is \(distance) away from the clean one; the radius is \(radius.epsValue)")
    }
    guard abs(distance - claim.distance) <= 1e-9 else {
      throw run.contradiction(
        "adversarial.h5", "\(name) is \(distance) away; the ledger says \(claim.distance)")
    }
    findings.adversarialWithin[radius.eps, default: 0] += 1
    if sets[..<place].contains(where: { distance <= $0.radius.epsValue }) {
      findings.insideSmallerRadius.append(claim.index)
    }
    let slack = radius.epsValue - distance
    if slack < findings.worstSlack {
      (findings.worstSlack, findings.worstIndex) = (slack, claim.index)
    }
    guard claim.label == dataset.label(at: position), claim.predicted != claim.label else {
      throw run.contradiction(
        "ledger.jsonl",
        "\(name) is claimed with label \(claim.label) and predicted class "
          + "\(claim.predicted); the data say \(dataset.label(at: position))")
    }
    let logits = try logits(at: image)
    if logits.argmax == claim.label {
      guard isUndecided(claim, logits) else {
        throw run.contradiction(
          "adversarial.h5", "\(name) is classified correctly, as \(claim.label)")
      }
      findings.undecided.append(claim.index)
    }
    try countRounded(image, clean, claim.label, within: set, &findings)
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

  /// Whether two ways of rounding may see different classes: the margin is tiny beside the logits.
  private func isUndecided(_ entry: LedgerEntry, _ logits: [Float]) -> Bool {
    let scale = logits.reduce(1) { max($0, abs($1)) }
    return abs(entry.margin) <= 1e-4 * Double(scale)
  }

  private func logits(at image: Image) throws -> [Float] {
    var logits = [Float](repeating: 0, count: classes)
    var span = logits.mutableSpan
    try plan.forward(image.pixels.span, logits: &span)
    return logits
  }
}
