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
    ("apgd-ce(step=3)", "eot, restarts, steps, widening"), ("apgd-ce(steps=0)", "from 1"),
    ("apgd-ce(steps=many)", "“many”"), ("apgd-ce(steps)", "name=value"),
    ("apgd-ce(steps=1,steps=2)", "once"), ("apgd-ce(steps=1", "not closed"),
    ("apgd-ce(steps=1)x", "not closed"), ("pgd(step=1/0)", "2/255"), ("pgd(step=-1)", "2/255"),
    ("pgd(step=eps/0)", "eps/4"), ("pgd(step=epsilon)", "eps/4"), ("pgd(step=1/2/3)", "eps/4"),
    ("pgd(start=far)", "clean, uniform, uniform-clipped, autoattack"),
    ("svgd(sigma=mean)", "median"), ("bss(rate=no)", "positive number"),
    ("pgd,pgd", "twice"),
    ("screen,apgd-t", "twice"),
    ("screen(steps=3)", "takes no settings; give its attacks with theirs: apgd-ce,apgd-t"),
  ]) func textsThatMakeNoSenseAreRefusedWithTheRemedy(text: String, sentence: String) {
    let error = #expect(throws: AttackError.self) { try AttackList.parse(text, in: .linf) }
    #expect(error?.description.contains(sentence) == true)
  }

  /// AutoAttack's versions, attack by attack, from the published program's tables.
  @Test(arguments: [
    ("standard", Norm.linf, "apgd-ce,apgd-t,fab-t,square"),
    ("standard", .l2, "apgd-ce,apgd-t,fab-t,square"),
    ("standard", .l1, "apgd-ce(restarts=5),apgd-t(targets=5),fab-t,square"),
    ("plus", .linf, "apgd-ce(restarts=5),apgd-dlr(restarts=5),fab,square,apgd-t,fab-t"),
    ("rand", .l2, "apgd-ce(eot=20),apgd-dlr(eot=20)"),
  ]) func aVersionOfAutoAttackIsRecognizedHoweverItIsWritten(
    version: String, norm: Norm, text: String
  ) throws {
    #expect(try AttackList.parse(version, in: norm).description == text)
    #expect(try AttackList.parse(text, in: norm).autoAttackVersion?.rawValue == version)
  }

  @Test(arguments: [
    "screen", "apgd-ce", "apgd-t,apgd-ce,fab-t,square", "standard,pgd",
    "apgd-ce(steps=50),apgd-t,fab-t,square", "apgd-ce,apgd-t,fab-t,square(queries=4999)",
  ]) func anythingElseIsNotAutoAttack(text: String) throws {
    #expect(try !AttackList.parse(text, in: .linf).isExactAutoAttack)
  }

  /// The published settings of another norm are not those of this one.
  @Test func aVersionBelongsToItsNorm() throws {
    let text = AttackPreset.standard.text(in: .linf)
    #expect(try !AttackList.parse(text, in: .l1).isExactAutoAttack)
  }

  @Test(arguments: [
    ("apgd-ce( steps = 100 , restarts=5 ), square", "apgd-ce(restarts=5),square"),
    ("pgd(step=2/255,start=clean)", "pgd(start=clean,step=0.007843138)"),
    ("pgd(step=eps/10)", "pgd(step=eps*0.1)"), ("pgd(step=eps)", "pgd(step=eps)"),
    ("pgd(step=eps/4)", "pgd"), ("trades-pgd(judged=any)", "trades-pgd(judged=any)"),
    ("svgd(sigma=median,space=cifar100)", "svgd(sigma=median,space=cifar100)"),
    ("svgd(sigma=0.001),bss(rate=0.1,target=sampled)", "svgd,bss(rate=0.1,target=sampled)"),
    ("APGD-CE,Fab_T", "apgd-ce,fab-t"), ("plus", AttackPreset.plus.text(in: .l1)),
    ("fgsm(loss=margin)", "fgsm(loss=margin)"),
  ]) func theCanonicalTextIsReadAsTheSameList(text: String, canonical: String) throws {
    let list = try AttackList.parse(text, in: .l1)
    #expect(list.description == canonical)
    let again = try AttackList.parse(canonical, in: .l1)
    #expect(again.description == canonical)
    #expect(again.map(\.settings) == list.map(\.settings))
  }

  @Test func tooFewClassesAreNoted() throws {
    let attacks = try AttackList.parse("apgd-ce,apgd-dlr,apgd-t", in: .linf)
    #expect(attacks.map { $0.notes(forClasses: 10).count } == [0, 0, 0])
    #expect(attacks.map { $0.notes(forClasses: 5).count } == [0, 0, 1])
    #expect(attacks.map { $0.notes(forClasses: 2).count } == [0, 1, 2])
  }
}
