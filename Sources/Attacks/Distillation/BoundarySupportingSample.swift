public import Execution
import Foundation
public import Tensors

/// BSS: steps toward a wrong class until the decision boundary is just crossed.
///
/// It was made to find images near the boundary for distillation and knows no ball; as an attack,
/// its result is brought into the set. With f the logits, b the base class and k the target:
/// x ← x − η·(f_b − f_k + ε)·∇(f_b − f_k) / ‖∇(f_b − f_k)‖₂.
/// Source: Heo, Lee, Yun & Choi, *Knowledge distillation with adversarial samples supporting
/// decision boundary*, AAAI 2019, eq. 4 and 5; settings of the program that goes with it.
public struct BoundarySupportingSample: Attack {
  /// Which wrong class is raised.
  public enum TargetChoice: String, Codable, Hashable, Sendable, CaseIterable {
    /// The likeliest one.
    case second
    /// A random one, with the probabilities that the network gives the wrong classes.
    case sampled
  }

  /// For lists, reports and random streams.
  public let name = "bss"
  /// The largest number of steps.
  public var steps: Int
  /// How far a step goes for a unit of logits.
  public var rate: Float
  /// Which wrong class is raised.
  public var target: TargetChoice
  /// Where lengths are measured.
  public var space: InputSpace

  /// Creates an attack; without arguments the published one, on pixels.
  ///
  /// - Parameters:
  ///   - steps: the largest number, at least 1.
  ///   - rate: how far a step goes for a unit of logits.
  ///   - target: which wrong class is raised.
  ///   - space: where lengths are measured.
  public init(
    steps: Int = 10, rate: Float = 0.3, target: TargetChoice = .second,
    space: InputSpace = .pixels
  ) {
    precondition(steps > 0 && rate > 0, "BSS takes at least one step of positive length")
    self.steps = steps
    self.rate = rate
    self.target = target
    self.space = space
  }

  /// The settings that influence the result, for the report.
  public var settings: [String: String] {
    [
      "steps": "\(steps)", "rate": "\(rate)", "target": target.rawValue,
      "mean": "\(space.mean)", "deviation": "\(space.deviation)",
    ]
  }

  /// A gradient a step until a boundary is crossed, and the logits of what was brought into the set.
  public func cost(in norm: Norm, classes: Int) -> AttackCost {
    let shortest = PassRange.exactly(gradients: 1, logits: 2)
    return .always(shortest.through(.exactly(gradients: Double(steps), logits: 3)))
  }

  /// Where a search ended.
  public struct Ending: Hashable, Sendable {
    /// The last image, in the space's coordinates.
    public var coordinates: Image
    /// The class predicted there: the base when the steps did not suffice, the target when its
    /// boundary was crossed, a third class when that came in between.
    public var predicted: Int
    /// The number of steps taken.
    public var steps: Int
  }

  /// Searches, and brings what was found into the set.
  public func attack(
    _ example: Example, within set: some PerturbationSet, asking oracle: some SharedOracle,
    random: RandomStream
  ) async throws -> Candidate {
    try space.check(example.image, for: name)
    let clean = example.image
    let logits = try await oracle.logits(at: clean)
    let start = Candidate(clean, of: example, logits: logits, objective: Margin())
    if start.isAdversarial { return start }

    var random = random.forked(0)
    let ending = try await cross(
      from: space.coordinates(of: clean), base: example.label,
      toward: target(in: logits, using: &random), asking: oracle)
    let image = set.project(space.pixels(at: ending.coordinates), around: clean)
    let found = Candidate(
      image, of: example, logits: try await oracle.logits(at: image), objective: Margin())
    return start.orBetter(found)
  }

  /// Steps until another class than the base is predicted: the search without any ball.
  ///
  /// - Parameters:
  ///   - start: in the space's coordinates.
  ///   - base: the class predicted there.
  ///   - target: the wrong class to be raised.
  ///   - oracle: answers questions about images of pixels.
  /// - Returns: where the search ended.
  /// - Throws: what the oracle throws.
  public func cross(
    from start: Image, base: Int, toward target: Int, asking oracle: some Oracle
  ) async throws -> Ending {
    let oracle = NetworkInSpace(base: oracle, space: space)
    var image = start
    for step in 0..<steps {
      let answer = try await oracle.gradient(
        of: TargetedMargin(target: target), at: image, label: base)
      let predicted = answer.logits.argmax
      if predicted != base {
        return Ending(coordinates: image, predicted: predicted, steps: step)
      }
      let lead = -answer.value  // f_b − f_k
      let length = Double(rate * (lead + 1e-4)) / (answer.gradient.norm(.l2) + 1e-12)
      image = space.clipped(image.combined(with: answer.gradient) { $0 + Float(length) * $1 })
    }
    let predicted = try await oracle.logits(at: image).argmax
    return Ending(coordinates: image, predicted: predicted, steps: steps)
  }

  /// The wrong class to be raised at an image.
  ///
  /// - Parameters:
  ///   - logits: the attacked network's there.
  ///   - random: used where the class is drawn.
  /// - Returns: a class that is not the likeliest.
  public func target(in logits: [Float], using random: inout RandomStream) -> Int {
    let wrong = Targets.likeliest(logits.count - 1, in: logits)
    switch target {
    case .second: return wrong[0]
    case .sampled: return Self.sample(wrong, by: logits, at: random.uniform())
    }
  }

  /// The class at a share of the probability of all that are listed.
  static func sample(_ classes: [Int], by logits: [Float], at share: Float) -> Int {
    let weights = classes.map { exp(Double(logits[$0]) - Double(logits[classes[0]])) }
    var rest = Double(share) * weights.reduce(0, +)
    for (candidate, weight) in zip(classes, weights) {
      rest -= weight
      if rest <= 0 { return candidate }
    }
    return classes[0]
  }
}
