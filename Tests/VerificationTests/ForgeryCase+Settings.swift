import Evaluation
import Tensors

extension ForgeryCase {
  /// What the run says it is about.
  static let settings: [ForgeryCase] = [
    .everywhere("a radius of another name", .refused("eps is written 16/255, which is 0.0627")) {
      $0.claimRadius("16/255", 8.0 / 255)
    },
    .everywhere("a radius of another value", .refused("eps is written 2/255")) {
      $0.claimRadius("2/255", 16.0 / 255)
    },
    .everywhere("a name that is no radius", .refused("which is no radius")) {
      $0.claimRadius("two", 2.0 / 255)
    },
    .everywhere("a larger radius, name and value", .refused("probe.json: ")) {
      $0.claimRadius("16/255", 16.0 / 255)
    },
    .everywhere("a smaller radius, name and value", .refused("away from the clean one")) {
      $0.claimRadius("1/255", 1.0 / 255)
    },
    .everywhere("another norm", .refused("away")) { $0.settings.norm = .l2 },
    .everywhere("a radius of which the ledger knows nothing", .refused("in this order")) {
      $0.settings.radii = [Epsilon(recorded: "4/255", 4.0 / 255)]
    },
    .everywhere("short attacks called standard", .refused("are no version of AutoAttack")) {
      $0.settings.autoAttackVersion = "standard"
    },
    .everywhere("a version that there is not", .refused("are no version of AutoAttack")) {
      $0.settings.autoAttackVersion = "ultimate"
    },
    .everywhere("short attacks with the settings of standard", .refused("100 backwards")) {
      $0.settings.attacks[0].settings["steps"] = "100"
      $0.settings.attacks[1].settings["queries"] = "5000"
    },
    .everywhere("more steps", .refused("it takes 8 forwards and 6 backwards")) {
      $0.settings.attacks[0].settings["steps"] = "6"
    },
    .everywhere("fewer steps", .refused("it takes 6 forwards and 4 backwards")) {
      $0.settings.attacks[0].settings["steps"] = "4"
    },
    .everywhere("more restarts", .refused("it takes 13 forwards and 10 backwards")) {
      $0.settings.attacks[0].settings["restarts"] = "2"
    },
    .everywhere("more passes a gradient", .refused("with its settings it takes")) {
      $0.settings.attacks[0].settings["eot"] = "20"
    },
    .everywhere("more queries", .refused("it takes 5002 forwards")) {
      $0.settings.attacks[1].settings["queries"] = "5000"
    },
    .everywhere("another loss", .refused("no list gives it the settings")) {
      $0.settings.attacks[0].settings["loss"] = "dlr"
    },
    .everywhere("another share of pixels", .refused("no list gives it the settings")) {
      $0.settings.attacks[1].settings["share"] = "0.3"
    },
    .everywhere("a setting that there is not", .refused("no list gives it the settings")) {
      $0.settings.attacks[0].settings["strength"] = "9000"
    },
    .everywhere("an attack that there is not", .refused("apgd-super: unknown")) { run in
      run.settings.attacks[0].name = "apgd-super"
      for entry in run.entries.indices where run.entries[entry].attack == "apgd-ce" {
        run.entries[entry].attack = "apgd-super"
      }
    },
    .everywhere("attacks under each other's names", .refused("no list gives it the settings")) {
      run in
      run.settings.attacks[0].name = "pgd"
      for entry in run.entries.indices where run.entries[entry].attack == "apgd-ce" {
        run.entries[entry].attack = "pgd"
      }
    },
    .everywhere("an attack more", .refused("is partial")) {
      $0.settings.attacks.append(
        .init(
          name: "fab-t",
          settings: ["steps": "100", "targets": "9", "loss": "margin", "restarts": "1"]))
    },
    .everywhere("an attack twice", .refused("listed twice")) {
      $0.settings.attacks.append($0.settings.attacks[0])
    },
    .everywhere("another architecture", .refused("architecture is wrn-70-16")) {
      $0.settings.architecture = "wrn-70-16"
    },
    .everywhere("another model", .refused("the run evaluated 0000")) {
      $0.settings.modelSHA256 = String(repeating: "0", count: 64)
    },
    .everywhere("other data", .refused("the run was about 0000")) {
      $0.settings.datasetSHA256 = String(repeating: "0", count: 64)
    },
    .everywhere("another name of the data", .refused("they should be cifar10")) {
      $0.settings.dataset = "cifar100"
    },
    .everywhere("the note on the data left out", .refused("the data are cifar10, without a note")) {
      $0.settings.datasetNote = nil
    },
    .everywhere("another note on an attack", .refused("its notes are")) {
      $0.settings.notes = ["square: ran twice as long as asked"]
    },
    .everywhere("another note on rounding", .refused("its notes are")) {
      $0.settings.notes.insert("kernels of the purest water", at: 0)
    },
    .everywhere("rounding and its note", .listed("kernels of the purest water")) {
      $0.settings.notes.insert("kernels of the purest water", at: 0)
      $0.settings.rounding = ["AVX-512", "kernels of the purest water"]
    },
    .everywhere("a published name", .refused("its notes are")) {
      $0.settings.notes.insert("network imported as Carmon2019Unlabeled", at: 0)
    },
    .everywhere("another set of weights", .refused("weights is ema")) {
      $0.settings.weights = "ema"
    },
    .everywhere("another seed", .listed("the seed (17)")) { $0.settings.seed = 17 },
    .everywhere("another library", .listed("(onednn 99)")) {
      $0.settings.backend = "onednn 99"
      $0.versions["backend"] = "onednn 99"
    },
    .everywhere("another library in one place", .refused("versions are not those")) {
      $0.settings.backend = "onednn 99"
    },
    .everywhere("a version too many", .refused("versions are not those")) {
      $0.versions["audited by"] = "everybody"
    },
    .everywhere("another version of the program", .listed("PAGES NOT CHECKED")) {
      $0.versions["robeval"] = "robeval 9.9"
    },
    .everywhere("another name of the model", .listed("(wrn70-16.h5)")) {
      $0.settings.model = "wrn70-16.h5"
    },
    .everywhere("images in another order", .refused("do not ascend")) {
      $0.settings.indices.reverse()
    },
    .everywhere(
      "a robust image left out", .listed("the choice of images: 149 of 500, not side by side")
    ) { run in
      let robust = run.entries.filter { $0.outcome == .survived && $0.attack == "square" }
      let index = robust[1].index
      run.settings.indices.removeAll { $0 == index }
      run.entries.removeAll { $0.index == index }
    },
    .everywhere("a shard of nothing", .refused("not those of the shard")) {
      $0.settings.allIndices = $0.settings.indices
    },
  ]
}

extension ForgedRun {
  /// Names another radius wherever a run names one.
  fileprivate mutating func claimRadius(_ text: String, _ value: Double) {
    settings.radii = [Epsilon(recorded: text, value)]
    for entry in entries.indices where entries[entry].attack != LedgerEntry.clean {
      entries[entry].eps = text
    }
  }
}
