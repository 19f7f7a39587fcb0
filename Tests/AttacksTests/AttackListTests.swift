import Attacks
import Testing

@Suite struct AttackListTests {
  @Test func namesGiveThePublishedSettings() throws {
    let attacks = try AttackList.parse("apgd-ce, apgd-t,pgd")
    #expect(attacks.map(\.name) == ["apgd-ce", "apgd-t", "pgd"])
    #expect(attacks[0].settings == ["steps": "100", "loss": "ce", "restarts": "1"])
    #expect(
      attacks[1].settings == ["steps": "100", "loss": "dlr", "targets": "9", "restarts": "1"])
  }

  @Test func settingsReplaceThePublishedOnes() throws {
    let attacks = try AttackList.parse(
      "apgd-ce(steps=50, restarts=2),pgd(step=2/255,start=clean,loss=margin),apgd-t")
    #expect(attacks.map(\.name) == ["apgd-ce", "pgd", "apgd-t"])
    #expect(attacks[0].settings == ["steps": "50", "loss": "ce", "restarts": "2"])
    #expect(attacks[1].settings["step"] == "\(Float(2.0 / 255))")
    #expect(attacks[1].settings["start"] == "clean")
    #expect(attacks[1].settings["loss"] == "margin")
  }

  @Test func aPresetStandsForItsAttacks() throws {
    #expect(try AttackList.parse("screen").map(\.name) == ["apgd-ce", "apgd-t"])
    #expect(try AttackList.parse("screen,pgd").map(\.name) == ["apgd-ce", "apgd-t", "pgd"])
  }

  @Test(arguments: [
    ("apgdce", "apgd-ce, apgd-dlr"), ("", "unknown"), ("apgd-ce,,pgd", "unknown"),
    ("apgd-ce(step=3)", "restarts, steps"), ("apgd-ce(steps=0)", "from 1"),
    ("apgd-ce(steps=many)", "“many”"), ("apgd-ce(steps)", "name=value"),
    ("apgd-ce(steps=1,steps=2)", "once"), ("apgd-ce(steps=1", "not closed"),
    ("apgd-ce(steps=1)x", "not closed"), ("pgd(step=1/0)", "2/255"), ("pgd(step=-1)", "2/255"),
    ("pgd(start=far)", "clean, random"), ("pgd,pgd", "twice"), ("screen,apgd-t", "twice"),
    ("screen(steps=3)", "unknown"),
  ]) func textsThatMakeNoSenseAreRefusedWithTheRemedy(text: String, sentence: String) {
    let error = #expect(throws: AttackError.self) { try AttackList.parse(text) }
    #expect(error?.description.contains(sentence) == true)
  }

  @Test func tooFewClassesAreNoted() throws {
    let attacks = try AttackList.parse("apgd-ce,apgd-dlr,apgd-t")
    #expect(attacks.map { $0.notes(forClasses: 10).count } == [0, 0, 0])
    #expect(attacks.map { $0.notes(forClasses: 5).count } == [0, 0, 1])
    #expect(attacks.map { $0.notes(forClasses: 2).count } == [0, 1, 2])
  }
}
