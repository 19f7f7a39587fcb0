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
    let notes = attacks.notes(forClasses: classes)
    guard settings.attackNotes == notes else {
      throw contradiction(
        "run.json",
        "its notes on attacks are \(Self.listed(settings.attackNotes)); with \(classes) classes "
          + "they have to be \(Self.listed(notes))")
    }
    // Only what runs exactly as published may bear the name.
    let version = notes.isEmpty ? attacks.autoAttackVersion?.rawValue : nil
    guard settings.autoAttackVersion == version else {
      throw contradiction(
        "run.json",
        "autoattack_version is \(settings.autoAttackVersion ?? "absent"); the attacks "
          + "\(settings.attackTexts.joined(separator: ", ")) are "
          + (version.map { "AutoAttack's version \($0)" } ?? "no version of AutoAttack"))
    }
    return attacks
  }

  private static func listed(_ notes: [String]) -> String {
    notes.isEmpty ? "none" : notes.map { "“\($0)”" }.joined(separator: ", ")
  }

  /// Texts and values of the radii must agree.
  func checkRadii() throws(EvaluationError) {
    let radii = settings.allRadii
    for radius in radii {
      let written = try? Epsilon(radius.eps, refusingAboveOne: settings.norm == .linf)
      guard written?.value == radius.epsValue else {
        throw contradiction(
          "run.json",
          "eps is written \(radius.eps), which is "
            + (written.map { "\($0.value)" } ?? "no radius") + ", but its value is "
            + "\(radius.epsValue)")
      }
    }
    guard let last = radii.last, last.eps == settings.eps, last.epsValue == settings.epsValue,
      settings.radii.map({ $0.count > 1 }) ?? true,
      zip(radii, radii.dropFirst()).allSatisfy({ $0.epsValue < $1.epsValue })
    else {
      throw contradiction(
        "run.json", "radii are not at least two that ascend to eps, \(settings.eps)")
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
    for radius in settings.allRadii {
      let written = try Epsilon(radius.eps, refusingAboveOne: settings.norm == .linf)
      guard let note = written.note(in: settings.norm, pixels: dataset.shape.count) else {
        continue
      }
      guard !isOfThisVersion || settings.notes.contains(note) else {
        throw contradiction("run.json", "its notes do not say: \(note)")
      }
    }
  }
}

extension Verification {
  /// What only who ran it can know.
  var trusted: [String] {
    let settings = run.settings
    let notes = settings.notes.filter { !settings.attackNotes.contains($0) }
    return [
      "the seed (\(settings.seed))",
      "the library and machine that searched (\(settings.backend))"
        + (notes.isEmpty ? "" : " and its notes on rounding"),
      "the name of the model's file (\(settings.model))",
      "all times",
      "what attacks did on the way: which claims were rejected, how many gradients were zero, the "
        + "last image of a survivor",
    ]
  }
}
