import Attacks
import Execution
import Graphs
import Tensors
import Testing

@testable import Evaluation

@Suite(.timeLimit(.minutes(5))) struct VerdictTests {
  private static func verdict(
    lanes: Int = 1, width: Int = 8, _ change: (inout Model) throws -> Void = { _ in }
  ) async throws -> Verdict {
    let scratch = try Scratch()
    let run = try RealRun("apgd-ce(steps=10),square(queries=100)", images: 32, changing: change)
    return try await run.settle(in: scratch.path("run"), lanes: lanes, width: width).verdict
  }

  private static func faults(_ verdict: Verdict) -> Set<String> {
    Set(verdict.evidence.filter { $0.status != .reliable }.map(\.check))
  }

  @Test func anAdversariallyTrainedNetworkIsReliable() async throws {
    let verdict = try await Self.verdict()
    #expect(Self.faults(verdict).isEmpty, "\(verdict.evidence.first?.finding ?? "")")
    #expect(verdict.status == .reliable)
    #expect(verdict.evidence.count == 10)
  }

  /// Softmax saturates: cross-entropy has no gradient left where the network is right.
  @Test func hugeLogitsMaskTheGradientAndAreSuspicious() async throws {
    let verdict = try await Self.verdict { try Self.scaleLastLayer(of: &$0, by: 1e4) }
    #expect(verdict.status == .suspicious)
    #expect(
      Self.faults(verdict).isSuperset(of: [
        "zero gradients of apgd-ce", "black box beats white box", "large radius",
      ]))
  }

  @Test func logitsBehindAReLUAreSuspicious() async throws {
    let verdict = try await Self.verdict { model in
      model.graph.nodes.append(
        .init(name: "mask", operation: .relu, inputs: [model.graph.nodes.count - 1]))
    }
    #expect(verdict.status == .suspicious)
    #expect(Self.faults(verdict).contains("clipped logits"))
  }

  /// The network is given pixels in [0, 1] and divides them by 255 once more.
  @Test func aWrongInputRangeIsInvalid() async throws {
    let verdict = try await Self.verdict { model in
      let own = try #require(model.inputNormalization)
      model = model.normalizingInput(
        Normalization(mean: own.mean.map { $0 * 255 }, deviation: own.deviation.map { $0 * 255 }))
    }
    #expect(verdict.status == .invalid)
    #expect(Self.faults(verdict).contains("input range"))
  }

  @Test func theEvidenceDoesNotDependOnLanesAndWidth() async throws {
    let first = try await Self.verdict()
    #expect(try await Self.verdict(lanes: 2, width: 3) == first)
  }

  @Test func probabilitiesInPlaceOfLogitsAreSeen() async throws {
    let answer = try await NetworkProbe.classify(
      Self.example, asking: FixedOracle { _ in [0.25, 0.5, 0.25] })
    #expect(answer.isProbabilityLike)
    var findings = ProbeFindings()
    findings.add([answer])
    let verdict = Verdict(probe: findings, result: try Self.nothing())
    #expect(Self.faults(verdict).contains("logits"))
    let logits = try await NetworkProbe.classify(
      Self.example, asking: FixedOracle { _ in [0.25, 0.75, 0.25] })
    #expect(!logits.isProbabilityLike)
  }

  @Test func outputsThatDifferFromTimeToTimeAreSeen() async throws {
    let answer = try await NetworkProbe.classify(
      Self.example, asking: FixedOracle { time in [3, 4, time == 1 ? 0 : 0.01] })
    // Between (3, 4, 0)/5 and (3, 4, .01)/√25.0001.
    #expect(abs(answer.spread - 0.002) < 1e-6)
    var findings = ProbeFindings()
    findings.add([answer])
    #expect(
      Self.faults(Verdict(probe: findings, result: try Self.nothing())).contains(
        "randomised output"))
  }

  @Test func whatChangesAtRadiusZeroIsInvalid() throws {
    var findings = ProbeFindings()
    findings.attacked = 16
    findings.changedAtZero = 1
    findings.lossAfterTenSteps = 1
    let verdict = Verdict(probe: findings, result: try Self.nothing())
    #expect(verdict.status == .invalid)
    #expect(Self.faults(verdict).contains("radius zero"))
  }

  @Test func aLossThatDoesNotGrowIsSuspicious() throws {
    var findings = ProbeFindings()
    (findings.attacked, findings.lossAfterOneStep) = (16, 0.5)
    findings.lossAfterTenSteps = 0.5
    let verdict = Verdict(probe: findings, result: try Self.nothing())
    #expect(Self.faults(verdict).contains("more steps"))
  }

  /// AutoAttack warns above 0.2 % of all images: one of 500 is exactly that, two are above.
  ///
  /// Neither may a search that no list knows.
  @Test(arguments: [(0, false), (1, false), (2, true)], ["square", MadeUpRun.ownSearch])
  func aSearchWithoutGradientsMayNotBeatGradients(
    found: (fooled: Int, isSuspicious: Bool), name: String
  ) throws {
    let (fooled, isSuspicious) = found
    let fates =
      [MadeUpRun.Fate](repeating: .fooled(by: 1), count: fooled)
      + [MadeUpRun.Fate](repeating: .robust, count: 500 - fooled)
    let verdict = Verdict(
      probe: nil, result: try MadeUpRun(fates, attacks: ["apgd-ce", name]).result())
    #expect(Self.faults(verdict).contains("black box beats white box") == isSuspicious)
  }

  private static let example = Example(
    index: 0, image: Image(shape: FeatureShape(channels: 1), repeating: 0.5), label: 1)

  private static func nothing() throws -> EvaluationResult {
    try MadeUpRun([.robust], attacks: []).result()
  }

  private static func scaleLastLayer(of model: inout Model, by factor: Float) throws {
    let last = try #require(model.graph.nodes.last { !$0.operation.parameterNames.isEmpty })
    for name in last.operation.parameterNames {
      let tensor = try #require(model.parameters[name])
      model.parameters[name] = Tensor(
        shape: tensor.shape, elements: tensor.withUnsafeElements { $0.map { factor * $0 } })
    }
  }
}
