import Tensors
import Testing

@testable import Attacks

@Suite("Descriptions of attacks")
struct AttackDescriptionTests {
  /// README's list, by hand.
  @Test("Every attack of the README is described, and no other")
  func names() {
    #expect(
      AttackDescription.all.map(\.name).sorted()
        == "apgd-ce apgd-dlr apgd-t bss ddn fab fab-t fgsm pgd square svgd svgd-author-code trades-pgd"
        .split(separator: " ").map(String.init))
  }

  @Test("Every setting of every attack appears with a default that a list may give")
  func settings() throws {
    for recipe in AttackRecipe.all {
      let description = try AttackDescription.named(recipe.name)
      #expect(Set(description.settings.map(\.name)) == Set(recipe.defaults.keys))
      #expect(!description.summary.isEmpty && !description.source.isEmpty)
      for setting in description.settings {
        #expect(!setting.meaning.isEmpty && !setting.allowed.isEmpty)
        let list = "\(recipe.name)(\(setting.name)=\(setting.standard))"
        // A setting that has its published value is not named in the text of a list.
        #expect(try AttackList.parse(list, in: .linf).description == recipe.name, "\(list)")
      }
    }
  }

  /// From AutoAttack's published program.
  @Test("Published defaults stand in the descriptions")
  func defaults() throws {
    func standard(_ attack: String, _ setting: String) throws -> String? {
      try AttackDescription.named(attack).settings.first { $0.name == setting }?.standard
    }
    #expect(try standard("apgd-ce", "steps") == "100")
    #expect(try standard("apgd_t", "targets") == "9")
    #expect(try standard("Square", "queries") == "5000")
    #expect(try standard("fab", "restarts") == "5")
  }

  @Test("What a setting allows is what a list accepts")
  func allowed() throws {
    for attack in AttackDescription.all {
      for setting in attack.settings where setting.allowed.contains("l1, never") {
        for word in ["l1", "never"] {
          _ = try AttackList.parse("\(attack.name)(\(setting.name)=\(word))", in: .l1)
        }
      }
      for setting in attack.settings where setting.allowed == "a whole number from 1" {
        _ = try AttackList.parse("\(attack.name)(\(setting.name)=1)", in: .linf)
        #expect(throws: AttackError.self) {
          try AttackList.parse("\(attack.name)(\(setting.name)=0)", in: .linf)
        }
      }
    }
  }
}
