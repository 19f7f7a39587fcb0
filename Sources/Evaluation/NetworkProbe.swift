internal import Attacks
public import Datasets
public import Execution
public import Tensors

/// Asks a network a few questions whose answers tell whether attacks on it can be believed.
public struct NetworkProbe: Sendable {
  /// How many images are classified, and how many of the correct ones are attacked.
  static let (classified, attacked) = (64, 16)

  /// Ranges of pixels that networks are often trained on by mistake or by another convention.
  static let ranges: [(name: String, scale: Float, shift: Float)] = [
    ("[0, 255]", 255, 0), ("[-1, 1]", 2, -1), ("standardised", 4, -2),
  ]

  private let dataset: Dataset
  private let positions: [Int]
  private let norm: Norm
  private let radius: Float

  /// Prepares a probe.
  ///
  /// - Parameters:
  ///   - dataset: where the images come from.
  ///   - positions: which images a whole run attacks, before it is divided among machines.
  ///   - norm: of perturbations.
  ///   - radius: of the run.
  public init(dataset: Dataset, positions: [Int], norm: Norm, radius: Float) {
    self.dataset = dataset
    self.positions = Array(positions.prefix(Self.classified))
    self.norm = norm
    self.radius = radius
  }

  /// Asks.
  ///
  /// - Parameter pool: who answers.
  /// - Returns: what was learnt.
  /// - Throws: `BackendError` when the network cannot be computed, `CancellationError` when the task
  ///   is cancelled.
  public func ask(_ pool: LanePool) async throws -> ProbeFindings {
    try await weigh(pool).findings
  }

  /// Asks, and says in how many images rounding may decide a class that is counted.
  func weigh(_ pool: LanePool) async throws -> (findings: ProbeFindings, openImages: Int) {
    let examples = positions.map { dataset.example(at: $0) }
    let clean = try await pool.map(examples) { example, oracle in
      try await Self.classify(example, asking: oracle)
    }
    let sound = zip(examples, clean).filter { $0.1.isCorrect }.map(\.0).prefix(Self.attacked)
    let (norm, radius) = (norm, radius)
    let attacked = try await pool.map(Array(sound)) { example, oracle in
      try await Self.attack(example, norm.ball(radius: radius), asking: oracle)
    }
    var findings = ProbeFindings()
    findings.classes = pool.lanes[0].classes
    findings.add(clean)
    findings.add(attacked)
    return (findings, clean.count(where: \.isOpen))
  }
}

extension NetworkProbe {
  /// What the clean image showed.
  struct CleanAnswer: Sendable {
    var isCorrect: Bool
    var correctInRange: [Bool]
    var spread: Double
    var isProbabilityLike: Bool
    /// Whether two classes are nearly equally likely, in some range.
    var isOpen: Bool
    var zeroLogits: Double
  }

  /// What short attacks showed.
  struct AttackAnswer: Sendable {
    var changesAtZero: Bool
    var standsAtLarge: Bool
    var lossAfterOneStep: Double
    var lossAfterTenSteps: Double
  }

  static func classify(
    _ example: Example, asking oracle: some Oracle
  ) async throws -> CleanAnswer {
    let logits = try await oracle.logits(at: example.image)
    let again = try await oracle.logits(at: example.image)
    var correct: [Bool] = []
    var isOpen = Self.isOpen(logits)
    for range in ranges {
      let other = example.image.map { range.scale * $0 + range.shift }
      let logits = try await oracle.logits(at: other)
      correct.append(logits.argmax == example.label)
      isOpen = isOpen || Self.isOpen(logits)
    }
    let sum = logits.reduce(0.0) { $0 + Double($1) }
    return CleanAnswer(
      isCorrect: logits.argmax == example.label, correctInRange: correct,
      spread: distance(logits, again),
      isProbabilityLike: abs(sum - 1) < 1e-5 && logits.allSatisfy { $0 > -1e-5 && $0 < 1 + 1e-5 },
      isOpen: isOpen, zeroLogits: Double(logits.count { $0 == 0 }) / Double(logits.count))
  }

  private static func isOpen(_ logits: [Float]) -> Bool {
    abs(logits.margin(of: logits.argmax)) <= Verification.tolerance(of: logits)
  }

  static func attack(
    _ example: Example, _ set: some PerturbationSet, asking oracle: some Oracle
  ) async throws -> AttackAnswer {
    func pgd(steps: Int, within set: some PerturbationSet) async throws -> Candidate {
      // The stream is never drawn from: every run starts at the clean image.
      var random = RandomStream(seed: 0)
      let method = PGD(steps: steps, start: .clean, judged: .last)
      return try await method.maximize(
        CrossEntropy(), for: example, within: set, asking: oracle, random: &random)
    }
    let none = try await pgd(steps: 2, within: set.withRadius(0))
    let large = try await pgd(steps: 20, within: LinfBall(radius: 0.5))
    return AttackAnswer(
      changesAtZero: none.isAdversarial, standsAtLarge: !large.isAdversarial,
      lossAfterOneStep: Double(try await pgd(steps: 1, within: set).value),
      lossAfterTenSteps: Double(try await pgd(steps: 10, within: set).value))
  }

  /// Between two logit vectors, each divided by its length.
  private static func distance(_ left: [Float], _ right: [Float]) -> Double {
    func length(_ logits: [Float]) -> Double {
      logits.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() + 1e-10
    }
    let (leftLength, rightLength) = (length(left), length(right))
    return zip(left, right).reduce(0.0) { sum, pair in
      let difference = Double(pair.0) / leftLength - Double(pair.1) / rightLength
      return sum + difference * difference
    }.squareRoot()
  }
}

extension ProbeFindings {
  mutating func add(_ answers: [NetworkProbe.CleanAnswer]) {
    images = answers.count
    correct = answers.count(where: \.isCorrect)
    for (position, range) in NetworkProbe.ranges.enumerated() {
      correctInRange[range.name] = answers.count { $0.correctInRange[position] }
    }
    spread = answers.reduce(0) { max($0, $1.spread) }
    probabilityLike = answers.count(where: \.isProbabilityLike)
    zeroLogits = answers.reduce(0) { $0 + $1.zeroLogits } / Double(max(1, answers.count))
  }

  mutating func add(_ answers: [NetworkProbe.AttackAnswer]) {
    let count = Double(max(1, answers.count))
    attacked = answers.count
    changedAtZero = answers.count(where: \.changesAtZero)
    standingAtLarge = answers.count(where: \.standsAtLarge)
    lossAfterOneStep = answers.reduce(0) { $0 + $1.lossAfterOneStep } / count
    lossAfterTenSteps = answers.reduce(0) { $0 + $1.lossAfterTenSteps } / count
  }
}
