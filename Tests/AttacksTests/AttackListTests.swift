import Attacks
import Tensors
import Testing

@Suite struct AttackListTests {
  @Test func namesGiveThePublishedSettings() throws {
    let attacks = try AttackList.parse("apgd-ce, apgd-t,pgd", in: .linf)
    #expect(attacks.map(\.name) == ["apgd-ce", "apgd-t", "pgd"])
    #expect(attacks[0].settings == ["steps": "100", "loss": "ce", "restarts": "1"])
    #expect(
      attacks[1].settings == ["steps": "100", "loss": "dlr", "targets": "9", "restarts": "1"])
  }

  @Test func namesMayBeSpeltWithUnderscores() throws {
    #expect(try AttackList.parse("apgd_ce,fab_t", in: .l2).map(\.name) == ["apgd-ce", "fab-t"])
  }

  @Test func settingsReplaceThePublishedOnes() throws {
    let attacks = try AttackList.parse(
      "apgd-ce(steps=50, restarts=2),pgd(step=2/255,start=clean,loss=margin),apgd-t",
      in: .l2)
    #expect(attacks.map(\.name) == ["apgd-ce", "pgd", "apgd-t"])
    #expect(attacks[0].settings == ["steps": "50", "loss": "ce", "restarts": "2"])
    #expect(attacks[1].settings["step"] == "\(Float(2.0 / 255))")
    #expect(attacks[1].settings["start"] == "clean")
    #expect(attacks[1].settings["loss"] == "margin")
  }

  @Test func aPresetStandsForItsAttacks() throws {
    #expect(try AttackList.parse("screen", in: .linf).map(\.name) == ["apgd-ce", "apgd-t"])
    let standard = try AttackList.parse("standard", in: .linf)
    #expect(standard.map(\.name) == ["apgd-ce", "apgd-t", "fab-t", "square"])
    #expect(
      try AttackList.parse("screen,pgd", in: .linf).map(\.name) == ["apgd-ce", "apgd-t", "pgd"])
  }

  /// AutoAttack's standard version for L₁.
  @Test func inL1ThePresetTakesMoreRunsAndFewerTargets() throws {
    let attacks = try AttackList.parse("standard", in: .l1)
    #expect(attacks[0].settings["restarts"] == "5")
    #expect(attacks[1].settings["restarts"] == "1")
    #expect(attacks[1].settings["targets"] == "5")
    #expect(attacks[2].settings["targets"] == "9")
    #expect(attacks[3].settings["queries"] == "5000")
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
    let error = #expect(throws: AttackError.self) { try AttackList.parse(text, in: .linf) }
    #expect(error?.description.contains(sentence) == true)
  }

  @Test func tooFewClassesAreNoted() throws {
    let attacks = try AttackList.parse("apgd-ce,apgd-dlr,apgd-t", in: .linf)
    #expect(attacks.map { $0.notes(forClasses: 10).count } == [0, 0, 0])
    #expect(attacks.map { $0.notes(forClasses: 5).count } == [0, 0, 1])
    #expect(attacks.map { $0.notes(forClasses: 2).count } == [0, 1, 2])
  }
}
