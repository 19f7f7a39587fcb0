public import Execution
public import Tensors

/// An attack that lowers the true class, from one or more random starts.
public struct UntargetedAttack: Attack {
  /// For lists, reports and random streams.
  public let name: String
  /// How the loss is maximised.
  public var method: any AscentMethod
  /// What is maximised.
  public var loss: Loss
  /// The number of runs.
  public var restarts: Int

  /// Creates an attack.
  ///
  /// - Parameters:
  ///   - name: for lists, reports and random streams.
  ///   - method: how the loss is maximised.
  ///   - loss: what is maximised.
  ///   - restarts: the number of runs, at least 1.
  public init(name: String, method: any AscentMethod, loss: Loss, restarts: Int = 1) {
    precondition(restarts > 0, "an attack has at least one run")
    self.name = name
    self.method = method
    self.loss = loss
    self.restarts = restarts
  }

  /// The same attack with more runs.
  ///
  /// - Parameter restarts: the number of runs, at least 1.
  /// - Returns: the attack.
  public func restarted(_ restarts: Int) -> UntargetedAttack {
    UntargetedAttack(name: name, method: method, loss: loss, restarts: restarts)
  }

  /// The settings that influence the result, for the report.
  public var settings: [String: String] {
    method.settings.merging(["loss": loss.rawValue, "restarts": "\(restarts)"]) { $1 }
  }

  /// The clean image and every run.
  public func cost(in norm: Norm, classes: Int) -> AttackCost {
    method.cost(in: norm).repeated(restarts)
  }

  /// A sentence for everything the number of classes forbids.
  public func notes(forClasses classes: Int) -> [String] {
    loss.objective(forClasses: classes).note.map { ["\(name): \($0)"] } ?? []
  }

  /// Searches run by run, and returns as soon as an image is misclassified.
  public func attack(
    _ example: Example, within set: some PerturbationSet, asking oracle: some SharedOracle,
    random: RandomStream
  ) async throws -> Candidate {
    let logits = try await oracle.logits(at: example.image)
    let objective = loss.objective(forClasses: oracle.classes).objective
    let clean = Candidate(example.image, of: example, logits: logits, objective: objective)
    return try await bestOfRuns(restarts, surpassing: clean, asking: oracle) {
      [self] restart, oracle in
      var stream = random.forked(restart)
      return try await method.maximize(
        objective, for: example, within: set, asking: oracle, random: &stream)
    }
  }
}
