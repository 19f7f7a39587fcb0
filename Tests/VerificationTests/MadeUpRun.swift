import Evaluation
import Execution
import Tensors

/// A run that nobody ran, with a given fate for every image.
struct MadeUpRun {
  /// Where an image ends.
  enum Fate {
    case wrong
    case fooled(by: Int)
    case robust
  }

  /// An attack of a program of others that asks for no gradients.
  static let ownSearch = "own-search"
  private static let withoutGradients = [LedgerEntry.clean, "square", ownSearch]

  var settings: RunSettings
  var entries: [LedgerEntry] = []

  init(
    _ fates: [Fate], attacks: [String], version: String? = nil, model: String = "net.h5",
    data: String = "data"
  ) throws {
    settings = RunSettings(
      model: model, modelSHA256: "model", architecture: "resnet8", dataset: "cifar10",
      datasetSHA256: data, datasetNote: nil, norm: .linf,
      radii: [try Epsilon("8/255", refusingAboveOne: true)],
      attacks: attacks.map { .init(name: $0, settings: [:]) }, autoAttackVersion: version, seed: 0,
      indices: Array(fates.indices), backend: "made up", notes: [])
    for (index, fate) in fates.enumerated() { add(index, fate) }
  }

  private mutating func add(_ index: Int, _ fate: Fate) {
    switch fate {
    case .wrong: add(index, LedgerEntry.clean, .wrong)
    case .robust:
      add(index, LedgerEntry.clean, .correct)
      for attack in settings.attacks { add(index, attack.name, .survived) }
    case .fooled(let by):
      add(index, LedgerEntry.clean, .correct)
      for attack in settings.attacks.prefix(by) { add(index, attack.name, .survived) }
      add(index, settings.attacks[by].name, .fooled)
    }
  }

  private mutating func add(_ index: Int, _ attack: String, _ outcome: LedgerEntry.Outcome) {
    var passes = PassCount()
    passes.forwards = 2
    passes.backwards = Self.withoutGradients.contains(attack) ? 0 : 1
    passes.seconds = attack == LedgerEntry.clean ? 0 : 0.125
    entries.append(
      LedgerEntry(
        index: index, attack: attack, outcome: outcome,
        distance: outcome == .fooled ? 8.0 / 255 : 0, margin: 1, predicted: 0, label: 0,
        passes: passes, eps: attack == LedgerEntry.clean ? nil : "8/255"))
  }

  func result(probe: ProbeFindings? = nil) -> EvaluationResult {
    EvaluationResult(
      settings: settings, entries: entries, versions: ["robeval": "test"], probe: probe)
  }
}
