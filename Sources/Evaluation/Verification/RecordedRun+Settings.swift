internal import Attacks
internal import Checkpoints
internal import Datasets
internal import Tensors

/// What the settings of a run must say, given its network, its images and each other.
extension RecordedRun {
  /// The attacks that the settings describe, with their cost.
  func checkedAttacks(classes: Int) throws -> AttackList {
    let attacks: AttackList
    do {
      attacks = try AttackList(
        recorded: settings.attacks.map { ($0.name, $0.settings) }, in: settings.norm)
    } catch {
      throw contradiction("run.json", "\(error)")
    }
    // Only what runs exactly as published may bear the name.
    let version =
      attacks.notes(forClasses: classes).isEmpty ? attacks.autoAttackVersion?.rawValue : nil
    guard settings.autoAttackVersion == version else {
      throw contradiction(
        "run.json",
        "autoattack_version is \(settings.autoAttackVersion ?? "absent"); the attacks "
          + "\(settings.attackTexts.joined(separator: ", ")) are "
          + (version.map { "AutoAttack's version \($0)" } ?? "no version of AutoAttack"))
    }
    return attacks
  }

  /// What a run says of itself must be what its network, images and attacks are.
  func checkNotes(
    _ checkpoint: Checkpoint, _ attacks: AttackList, _ dataset: Dataset
  ) throws {
    guard isOfThisVersion else { return }
    let request = EvaluationRequest(
      of: EvaluatedNetwork(checkpoint, named: settings.model), on: dataset,
      attacks: Array(attacks), norm: settings.norm, radii: settings.radii)
    let known = request.notes(rounding: settings.rounding ?? [])
    // A run that began with a version that did not record the rounding has its notes in front.
    let own = settings.rounding == nil ? settings.notes.suffix(known.count) : settings.notes[...]
    guard own == known[...] else {
      throw contradiction(
        "run.json",
        "its notes are \(Self.listed(settings.notes)); from its rounding, network, attacks and "
          + "radii follow \(Self.listed(known))")
    }
  }

  private static func listed(_ notes: [String]) -> String {
    notes.isEmpty ? "none" : notes.map { "“\($0)”" }.joined(separator: ", ")
  }

  /// Texts and values of the radii must agree.
  func checkRadii() throws(EvaluationError) {
    for radius in settings.radii {
      let written = try? Epsilon(radius.text, refusingAboveOne: settings.norm == .linf)
      guard written?.value == radius.value else {
        throw contradiction(
          "run.json",
          "eps is written \(radius.text), which is "
            + (written.map { "\($0.value)" } ?? "no radius") + ", but its value is "
            + "\(radius.value)")
      }
    }
  }

  func check(_ checkpoint: Checkpoint) throws(EvaluationError) {
    guard checkpoint.sha256 == settings.modelSHA256 else {
      throw EvaluationError(
        kind: .data, place: settings.model,
        problem: "the file given for it has the SHA-256 \(checkpoint.sha256); the run evaluated "
          + settings.modelSHA256)
    }
    guard checkpoint.architecture == settings.architecture else {
      throw contradiction(
        "run.json",
        "architecture is \(settings.architecture); the checkpoint's is "
          + "\(checkpoint.architecture) (where it does not say, give --arch)")
    }
    guard checkpoint.weights == settings.weights else {
      throw contradiction(
        "run.json",
        "weights is \(settings.weights ?? "absent"); the checkpoint gives "
          + "\(checkpoint.weights ?? "the only ones it has")")
    }
  }

  func check(_ dataset: Dataset) throws(EvaluationError) {
    let checksum = dataset.sha256
    guard checksum == settings.datasetSHA256 else {
      throw EvaluationError(
        kind: .data, place: dataset.name,
        problem: "has the SHA-256 \(checksum); the run was about \(settings.datasetSHA256)")
    }
    guard dataset.name == settings.dataset, dataset.note == settings.datasetNote else {
      throw contradiction(
        "run.json",
        "the data are \(settings.dataset), \(settings.datasetNote ?? "without a note"); "
          + "they should be \(dataset.name), \(dataset.note ?? "without a note")")
    }
  }
}

extension Verification {
  /// What only who ran it can know.
  var trusted: [String] {
    let settings = run.settings
    let rounding = settings.rounding.map { " (\($0.joined(separator: "; ")))" }
    return [
      "the seed (\(settings.seed))",
      "the library and machine that searched (\(settings.backend)) and how they round"
        + (rounding ?? ""),
      "the name of the model's file (\(settings.model))", choiceOfImages,
      "all times",
      "what attacks did on the way: which claims were rejected, how many gradients were zero, the "
        + "last image of a survivor",
    ]
  }

  /// Who leaves out images that fall has a better figure, and the settings name those that are left.
  private var choiceOfImages: String {
    let chosen = (run.settings.allIndices ?? run.settings.indices).compactMap { positions[$0] }
    let isOneStretch = zip(chosen, chosen.dropFirst()).allSatisfy { $0 + 1 == $1 }
    return "the choice of images: \(chosen.count) of \(dataset.count)"
      + (isOneStretch ? "" : ", not side by side")
  }
}
