public import Execution
public import Tensors

/// An attack that raises one wrong class after the other, the likeliest first.
public struct TargetedAttack: Attack {
  /// For lists, reports and random streams.
  public let name: String
  /// How the loss is maximised.
  public var method: any AscentMethod
  /// What is maximised.
  public var loss: TargetedLoss
  /// The number of wrong classes tried.
  public var targets: Int
  /// The number of runs for each class.
  public var restarts: Int

  /// Creates an attack.
  ///
  /// - Parameters:
  ///   - name: for lists, reports and random streams.
  ///   - method: how the loss is maximised.
  ///   - loss: what is maximised.
  ///   - targets: the number of wrong classes tried, at least 1; fewer where the network has fewer.
  ///   - restarts: the number of runs for each class, at least 1.
  public init(
    name: String, method: any AscentMethod, loss: TargetedLoss = .differenceOfLogitsRatio,
    targets: Int = 9, restarts: Int = 1
  ) {
    precondition(targets > 0 && restarts > 0, "an attack has at least one run")
    self.name = name
    self.method = method
    self.loss = loss
    self.targets = targets
    self.restarts = restarts
  }

  /// The same attack with more runs for each class.
  ///
  /// - Parameter restarts: the number of runs, at least 1.
  /// - Returns: the attack.
  public func restarted(_ restarts: Int) -> TargetedAttack {
    TargetedAttack(
      name: name, method: method, loss: loss, targets: targets, restarts: restarts)
  }

  /// The settings that influence the result, for the report.
  public var settings: [String: String] {
    method.settings.merging([
      "loss": loss.rawValue, "targets": "\(targets)", "restarts": "\(restarts)",
    ]) { $1 }
  }

  /// The clean image and every run.
  public func cost(in norm: Norm, classes: Int) -> AttackCost {
    var cost = method.cost(in: norm)
    cost.ofSurvivor = min(targets, classes - 1) * cost.ofSurvivor
    return cost.repeated(restarts)
  }

  /// A sentence for everything the number of classes forbids.
  public func notes(forClasses classes: Int) -> [String] {
    [
      loss.objective(toward: 0, forClasses: classes).note,
      Targets.note(wanted: targets, classes: classes),
    ].compactMap { note in note.map { "\(name): \($0)" } }
  }

  /// Searches run by run, and returns as soon as an image is misclassified.
  public func attack(
    _ example: Example, within set: some PerturbationSet, asking oracle: some SharedOracle,
    random: RandomStream
  ) async throws -> Candidate {
    let logits = try await oracle.logits(at: example.image)
    var best = Candidate(example.image, of: example, logits: logits, objective: Margin())
    if best.isAdversarial { return best }
    best.value = -.infinity
    let likeliest = Targets.likeliest(targets, in: logits)
    return try await bestOfRuns(likeliest.count * restarts, surpassing: best, asking: oracle) {
      [self] number, oracle in
      let target = likeliest[number / restarts]
      var stream = random.forked(number)
      return try await method.maximize(
        loss.objective(toward: target, forClasses: oracle.classes).objective, for: example,
        within: set, asking: oracle, random: &stream)
    }
  }
}

/// The choice of wrong classes by the clean logits.
enum Targets {
  /// The classes after the predicted one, the likeliest first.
  static func likeliest(_ number: Int, in logits: [Float]) -> [Int] {
    Array(logits.largest(min(number, logits.count - 1) + 1).dropFirst())
  }

  /// A sentence when there are fewer wrong classes than wanted.
  static func note(wanted: Int, classes: Int) -> String? {
    wanted < classes
      ? nil
      : "\(wanted) targets were asked for; the network has "
        + (classes == 2 ? "1 wrong class" : "\(classes - 1) wrong classes")
  }
}
