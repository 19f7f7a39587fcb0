import ArgumentParser
import Attacks
import CommandLineSupport
import Tensors

struct AttacksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attacks",
    abstract: "Lists the attacks and their settings, or describes one of them.",
    discussion: """
      A list such as apgd-ce(restarts=5),square(queries=1000) changes settings; all others have their \
      published values.
      """)

  @Argument(help: "One attack, for example apgd-ce; all by default.")
  var name: String?

  func run() throws {
    if let name {
      return try StandardOutput.writeLine(page(try AttackDescription.named(name)))
    }
    let lines = AttackDescription.all.flatMap(rows)
    try StandardOutput.writeLine((lines + [""] + presets).joined(separator: "\n"))
  }

  private static let programs = ["torchattacks", "auto-attack", "foolbox"]

  private func rows(_ attack: AttackDescription) -> [String] {
    let settings = attack.settings.map { "\($0.name)=\($0.standard) (\($0.allowed))" }
    return [
      "\(attack.name): \(attack.summary)",
      "  settings   " + settings.joined(separator: "; "),
      "  source     " + attack.source,
      "  elsewhere  " + elsewhere(attack),
    ]
  }

  private func elsewhere(_ attack: AttackDescription) -> String {
    Self.programs.map { "\($0): \(attack.namesElsewhere[$0] ?? "none")" }.joined(separator: "; ")
  }

  private func page(_ attack: AttackDescription) -> String {
    let width = (attack.settings.map(\.name.count).max() ?? 0) + 2
    let settings = attack.settings.map { setting in
      "  \(setting.name)" + String(repeating: " ", count: width - setting.name.count)
        + "\(setting.meaning)\n" + String(repeating: " ", count: width + 2)
        + "\(setting.allowed); default \(setting.standard)"
    }
    let example = attack.settings.first.map { "(\($0.name)=\($0.standard))" } ?? ""
    return
      ([
        "\(attack.name): \(attack.summary)", "", "source: \(attack.source)",
        "elsewhere: \(elsewhere(attack))", "", "settings:",
      ] + settings + [
        "", "example: --attacks '\(attack.name)\(example)'",
      ]).joined(separator: "\n")
  }

  /// The lists that have a name; one line where they are the same in all norms.
  private var presets: [String] {
    ["presets:"]
      + AttackPreset.allCases.flatMap { preset in
        let others = preset.text(in: .linf)
        let inL1 = preset.text(in: .l1)
        return ["  \(preset.rawValue): \(others)"]
          + (inL1 == others ? [] : ["  \(preset.rawValue) in L1: \(inL1)"])
      }
  }
}
