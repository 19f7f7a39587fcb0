internal import Attacks
internal import Execution

/// What a run found: settings and ledger brought together.
///
/// This is `result.json`.
public struct EvaluationResult: Sendable {
  /// One attack's share of the run.
  public struct AttackResult: Hashable, Sendable, Codable {
    /// For example `apgd-ce`.
    public var name: String
    /// The settings that influence its result.
    public var settings: [String: String]
    /// How many images it was given.
    public var attacked: Int
    /// How many of them it fooled.
    public var fooled: Int
    /// The stable indices of those, ascending.
    public var fooledIndices: [Int]
    /// How many claims the judge did not confirm.
    public var rejected: Int
    /// Forward passes, those of gradients included.
    public var forwards: Int
    /// Backward passes.
    public var backwards: Int
    /// Forward passes of the judge on the exact path.
    public var judgements: Int
    /// Backward passes whose gradient was zero in every pixel.
    public var zeroGradients: Int
    /// Seconds of one lane.
    public var seconds: Double

    /// Whether it looks at gradients: as its kind does, or, of an attack that no list names, as it did.
    public var seesGradients: Bool {
      (try? AttackDescription.named(name))?.seesGradients
        ?? (attacked == 0 || backwards > 0)
    }

    enum CodingKeys: String, CodingKey {
      case name, settings, attacked, fooled, rejected, forwards, backwards, judgements, seconds
      case fooledIndices = "fooled_indices"
      case zeroGradients = "zero_gradients"
    }
  }

  /// What a run found within one of its radii.
  public struct RadiusResult: Sendable {
    /// The radius.
    public let radius: Epsilon
    /// What was done within it to the images that stood within every smaller one.
    public let attacks: [AttackResult]
    /// Images classified correctly and never fooled within it or a smaller one.
    public let robust: Proportion
    /// The stable indices of those, ascending.
    public let robustIndices: [Int]
  }

  /// What a run found that was ended before every image was settled.
  public struct Partial: Hashable, Sendable, Codable {
    /// How many images are settled.
    public var settled: Int
    /// Images that have survived everything.
    public var robustAtLeast: Int
    /// Images that are neither misclassified nor fooled so far.
    public var robustAtMost: Int
    /// The accuracy that was demanded, in percent, where a gate ended the run.
    public var failUnder: Double?
    /// How that ended.
    public var decided: AccuracyGate.Outcome?

    enum CodingKeys: String, CodingKey {
      case settled, decided
      case robustAtLeast = "robust_at_least"
      case robustAtMost = "robust_at_most"
      case failUnder = "fail_under"
    }
  }

  /// What was run; of a partial result without a version of AutoAttack, which it is not.
  public let settings: RunSettings
  /// The versions of everything involved.
  public let versions: [String: String]
  /// The clean pass.
  public let clean: AttackResult
  /// The attacks in order, within all radii together: an image counts once.
  public let attacks: [AttackResult]
  /// Images classified correctly.
  public let cleanCorrect: Proportion
  /// Images classified correctly and never fooled, within the largest radius; of a partial result
  /// those that have survived everything already.
  ///
  /// No robust accuracy where nothing attacked: ask ``isAttacked`` before showing it.
  public let robust: Proportion
  /// The stable indices of those, ascending.
  public let robustIndices: [Int]
  /// Each radius, ascending; none where nothing attacked.
  public let radii: [RadiusResult]
  /// What a few questions to the network told before the run, if they were asked.
  public let probe: ProbeFindings?
  /// Of a run that was ended before every image was settled; nil of a whole one.
  public let partial: Partial?
  /// What is certain about ``robust``.
  public let bounds: RobustBounds

  /// Brings settings and ledger together.
  ///
  /// - Parameters:
  ///   - settings: of the run.
  ///   - entries: of a run, in any order.
  ///   - versions: of everything involved.
  ///   - probe: what a few questions told before the run, if they were asked.
  ///   - gate: what may have ended the run before every image was settled.
  public init(
    settings: RunSettings, entries: [LedgerEntry], versions: [String: String],
    probe: ProbeFindings? = nil, gate: AccuracyGate? = nil
  ) {
    let bounds = RobustBounds(settings, entries: entries)
    self.bounds = bounds
    var settings = settings
    if bounds.isComplete {
      partial = nil
    } else {
      settings.autoAttackVersion = nil
      partial = Partial(
        settled: bounds.settled, robustAtLeast: bounds.atLeast, robustAtMost: bounds.atMost,
        failUnder: gate?.percent, decided: gate?.outcome(for: bounds))
    }
    func results(of own: [LedgerEntry]) -> [AttackResult] {
      let byAttack = Dictionary(grouping: own, by: \.attack)
      return settings.attacks.map { AttackResult($0, byAttack[$0.name] ?? []) }
    }
    self.settings = settings
    self.versions = versions
    self.probe = probe
    clean = AttackResult(
      .init(name: LedgerEntry.clean, settings: [:]),
      entries.filter { $0.attack == LedgerEntry.clean })
    attacks = results(of: entries)
    let count = settings.indices.count
    let correct = entries.filter { $0.outcome == .correct }.map(\.index).sorted()
    func standing(afterRadii radii: Int) -> [Int] {
      correct.filter { bounds.hasSurvived($0, attacks: radii * settings.attacks.count) }
    }
    cleanCorrect = Proportion(correct.count, of: count)
    robustIndices = standing(afterRadii: settings.radii.count)
    robust = Proportion(robustIndices.count, of: count)
    radii =
      settings.attacks.isEmpty
      ? []
      : settings.radii.enumerated().map { place, radius in
        let left = standing(afterRadii: place + 1)
        return RadiusResult(
          radius: radius, attacks: results(of: entries.filter { $0.eps == radius.text }),
          robust: Proportion(left.count, of: count), robustIndices: left)
      }
  }

  /// Whether anything attacked; otherwise there is a clean accuracy and no robust one.
  public var isAttacked: Bool { !settings.attacks.isEmpty }

  /// How far the robust accuracy can be trusted.
  public var verdict: Verdict { Verdict(probe: probe, result: self) }

  /// Lane seconds of the clean pass and all attacks.
  public var seconds: Double { attacks.reduce(clean.seconds) { $0 + $1.seconds } }
}

extension EvaluationResult.AttackResult {
  /// Sums what an attack did.
  fileprivate init(_ attack: RunSettings.Attack, _ entries: [LedgerEntry]) {
    // In order of the images and radii, so that sums do not depend on who finished first; the
    // ledger has an image's entries in order.
    let own = entries.enumerated()
      .sorted { ($0.element.index, $0.offset) < ($1.element.index, $1.offset) }.map(\.element)
    let fooled = own.filter { $0.outcome == .fooled }.map(\.index)
    name = attack.name
    settings = attack.settings
    attacked = Set(own.map(\.index)).count
    self.fooled = fooled.count
    fooledIndices = fooled
    rejected = own.count { $0.outcome == .rejected }
    forwards = own.reduce(0) { $0 + $1.passes.forwards }
    backwards = own.reduce(0) { $0 + $1.passes.backwards }
    judgements = own.reduce(0) { $0 + $1.passes.judgements }
    zeroGradients = own.reduce(0) { $0 + $1.passes.zeroGradients }
    seconds = own.reduce(0) { $0 + $1.passes.seconds }
  }
}

extension EvaluationResult: Encodable {
  enum Key: String, CodingKey, CaseIterable {
    case n, partial, radii, robust, seconds, versions, attacks, clean, verdict
    case cleanCorrect = "clean_correct"
    case cleanAccuracy = "clean_accuracy"
    case robustAccuracy = "robust_accuracy"
    case robustIndices = "robust_indices"
    case cleanCorrectIndices = "clean_correct_indices"
    case exactInterval = "clopper_pearson95"
    case scoreInterval = "wilson95"
    case cleanExactInterval = "clean_clopper_pearson95"
    case cleanScoreInterval = "clean_wilson95"
  }

  /// Writes the settings and the findings as one object.
  ///
  /// A run without attacks has null for everything about robustness, and the images that are
  /// classified correctly in place of the robust ones.
  public func encode(to encoder: any Encoder) throws {
    try settings.encode(to: encoder)
    var object = encoder.container(keyedBy: Key.self)
    try object.encode(settings.indices.count, forKey: .n)
    try object.encode(cleanCorrect.count, forKey: .cleanCorrect)
    try object.encode(cleanCorrect.value, forKey: .cleanAccuracy)
    try object.encode(cleanCorrect.clopperPearson.ends, forKey: .cleanExactInterval)
    try object.encode(cleanCorrect.wilson.ends, forKey: .cleanScoreInterval)
    let share = isAttacked ? robust : nil
    try object.encode(share?.count, forKey: .robust)
    try object.encode(share?.value, forKey: .robustAccuracy)
    try object.encode(share?.clopperPearson.ends, forKey: .exactInterval)
    try object.encode(share?.wilson.ends, forKey: .scoreInterval)
    try object.encode(isAttacked ? robustIndices : nil, forKey: .robustIndices)
    try object.encodeIfPresent(isAttacked ? nil : robustIndices, forKey: .cleanCorrectIndices)
    try object.encode(clean, forKey: .clean)
    try object.encode(attacks, forKey: .attacks)
    try object.encode(isAttacked ? verdict : nil, forKey: .verdict)
    try object.encode(seconds, forKey: .seconds)
    try object.encode(versions, forKey: .versions)
    try object.encodeIfPresent(partial, forKey: .partial)
    // In place of the plain list of radii among the settings.
    if isAttacked { try object.encode(radii, forKey: .radii) }
  }
}

extension EvaluationResult.RadiusResult: Encodable {
  enum Key: String, CodingKey, CaseIterable {
    case robust, attacks
    case robustAccuracy = "robust_accuracy"
    case robustIndices = "robust_indices"
    case exactInterval = "clopper_pearson95"
    case scoreInterval = "wilson95"
  }

  /// Writes the radius and the findings as one object.
  public func encode(to encoder: any Encoder) throws {
    try radius.encode(to: encoder)
    var object = encoder.container(keyedBy: Key.self)
    try object.encode(robust.count, forKey: .robust)
    try object.encode(robust.value, forKey: .robustAccuracy)
    try object.encode(robust.clopperPearson.ends, forKey: .exactInterval)
    try object.encode(robust.wilson.ends, forKey: .scoreInterval)
    try object.encode(robustIndices, forKey: .robustIndices)
    try object.encode(attacks, forKey: .attacks)
  }
}

extension ClosedRange<Double> {
  var ends: [Double] { [lowerBound, upperBound] }
}
