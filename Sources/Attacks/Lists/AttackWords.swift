/// What settings cannot tell about an attack: its source, its names elsewhere, and what settings mean.
struct AttackWords {
  let summary: String
  let source: String
  let elsewhere: [String: String]

  /// The words about an attack; every recipe must have some.
  static func of(_ name: String) -> AttackWords {
    guard let words = table[name] else { preconditionFailure("nothing describes \(name)") }
    return words
  }

  /// What a setting decides; every setting must have some words.
  static func meaning(of setting: String, in attack: String) -> String {
    guard let meaning = own["\(attack) \(setting)"] ?? meanings[setting] else {
      preconditionFailure("nothing describes \(setting) of \(attack)")
    }
    return meaning
  }

  private static let autoAttack =
    "Croce & Hein, Reliable evaluation of adversarial robustness, ICML 2020; in L1 Mind the box, "
    + "ICML 2021"
  private static let boundary =
    "Croce & Hein, Minimally distorted adversarial examples, ICML 2020"
  private static let stein =
    "Nguyen-Duc et al., Adversarial local distribution regularization, WACV 2023"

  private static let table: [String: AttackWords] = [
    "apgd-ce": AttackWords(
      summary: "ascends the cross-entropy with a step size that adapts itself", source: autoAttack,
      elsewhere: ["torchattacks": "APGD(loss='ce')", "auto-attack": "apgd-ce"]),
    "apgd-dlr": AttackWords(
      summary:
        "the same for the difference of logits ratio, which the scale of logits does not change",
      source: autoAttack,
      elsewhere: ["torchattacks": "APGD(loss='dlr')", "auto-attack": "apgd-dlr"]),
    "apgd-t": AttackWords(
      summary: "the same towards one likely wrong class after the other", source: autoAttack,
      elsewhere: ["torchattacks": "APGDT", "auto-attack": "apgd-t"]),
    "fab-t": AttackWords(
      summary: "looks for the nearest image of one likely wrong class after the other",
      source: boundary,
      elsewhere: ["torchattacks": "FAB(multi_targeted=True)", "auto-attack": "fab-t"]),
    "fab": AttackWords(
      summary: "looks for the nearest misclassified image", source: boundary,
      elsewhere: ["torchattacks": "FAB", "auto-attack": "fab"]),
    "square": AttackWords(
      summary: "changes squares at random and asks for logits only",
      source: "Andriushchenko et al., Square Attack, ECCV 2020",
      elsewhere: ["torchattacks": "Square", "auto-attack": "square"]),
    "fgsm": AttackWords(
      summary: "one step of the radius along the gradient; in L2 and L1 the fast gradient method",
      source:
        "Goodfellow, Shlens & Szegedy, Explaining and harnessing adversarial examples, ICLR 2015",
      elsewhere: ["torchattacks": "FGSM", "foolbox": "FGSM, FGM"]),
    "pgd": AttackWords(
      summary: "projected gradient ascent with steps of one length",
      source:
        "Madry et al., Towards deep learning models resistant to adversarial attacks, ICLR 2018",
      elsewhere: ["torchattacks": "PGD, PGDL2", "foolbox": "LinfPGD, L2PGD, L1PGD"]),
    "trades-pgd": AttackWords(
      summary: "the PGD-20 by which TRADES was evaluated, judged at its end",
      source: "Zhang et al., Theoretically principled trade-off, ICML 2019, section 5.3.1",
      elsewhere: ["torchattacks": "PGD(alpha=0.003, steps=20)"]),
    "bss": AttackWords(
      summary:
        "walks to a likely wrong class until the boundary is just behind; ignores the radius",
      source: "Heo et al., Knowledge distillation with adversarial samples supporting decision "
        + "boundary, AAAI 2019",
      elsewhere: [:]),
    "svgd": AttackWords(
      summary: "several images that ascend a divergence and push each other apart", source: stein,
      elsewhere: [:]),
    "svgd-author-code": AttackWords(
      summary: "the same as the authors' program has it: one short step, no ball",
      source: stein + ", published program", elsewhere: [:]),
    "ddn": AttackWords(
      summary:
        "looks for the nearest misclassified image in L2 on a sphere that grows and shrinks",
      source: "Rony et al., Decoupling direction and norm, CVPR 2019",
      elsewhere: ["foolbox": "DDNAttack"]),
  ]

  private static let meanings: [String: String] = [
    "steps": "steps of a run", "restarts": "runs from different starts, while nothing is found",
    "targets": "likely wrong classes that are aimed at", "queries": "questions to the network",
    "eot": "passes over which a gradient is averaged, for networks that draw random numbers",
    "widening": "whether runs begin in wider balls: in L1 only, or never",
    "loss": "what is ascended", "step": "length of a step",
    "start": "where a run begins", "judged": "which images count: any on the way, or the last",
    "rate": "how far a step goes for a unit of logits", "particles": "images that search together",
    "target": "which wrong class: the second likeliest, or one drawn by the probabilities",
    "space": "the normalisation in which lengths are measured",
    "spread": "the part of the ball in which particles begin",
    "sigma": "how far particles feel each other; median: by their distances",
  ]

  private static let own: [String: String] = [
    "bss steps": "steps at most", "ddn start": "the first radius of the sphere, in pixels",
    "ddn factor": "by which share the sphere grows and shrinks in a step",
  ]
}
