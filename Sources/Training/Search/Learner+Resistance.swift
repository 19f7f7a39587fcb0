internal import Attacks
public import Datasets
internal import Execution
public import Tensors

/// What a network withstood on some images.
public struct Resistance: Codable, Hashable, Sendable {
  /// How many there are.
  public var images: Int
  /// How many are classified correctly.
  public var clean: Int
  /// How many still are after projected gradient descent.
  public var robust: Int
  /// How many of these fall to attacks that do not follow the cross-entropy's gradient.
  public var broken: Int

  /// Whether that gradient misleads attacks: more than a quarter of what withstands it falls to others.
  public var isMasked: Bool { broken * 4 > robust }

  /// Creates counts.
  ///
  /// - Parameters:
  ///   - images: how many there are.
  ///   - clean: how many are classified correctly.
  ///   - robust: how many still are after projected gradient descent.
  ///   - broken: how many of these fall to other attacks.
  public init(images: Int, clean: Int, robust: Int, broken: Int) {
    self.images = images
    self.clean = clean
    self.robust = robust
    self.broken = broken
  }

  func share(_ count: Int) -> String { percent(Double(count) / Double(max(images, 1))) }
}

extension Learner {
  /// Measures what the network withstands in evaluation mode.
  ///
  /// - Parameters:
  ///   - positions: of the images.
  ///   - dataset: the images.
  ///   - parameters: those of the state, or others, for instance their average.
  ///   - attack: projected gradient descent.
  ///   - random: the seed's stream, from which all three forks are taken.
  /// - Returns: the counts.
  /// - Throws: `BackendError` when the backend fails.
  public func resistance(
    on positions: Range<Int>, of dataset: Dataset, parameters: [String: Tensor]? = nil,
    to attack: SelectionAttack, random: RandomStream
  ) async throws -> Resistance {
    let examples = positions.map {
      Example(
        index: dataset.index(at: $0), image: dataset.image(at: $0), label: dataset.label(at: $0))
    }
    let logits = try await logits(of: examples.map(\.image), parameters: parameters)
    let correct = zip(examples, logits).filter { $0.label == $1.argmax }.map(\.0)
    let set = attack.norm.ball(radius: Float(attack.radius))
    let descent = UntargetedAttack(
      name: "pgd", method: PGD(steps: attack.steps), loss: .crossEntropy)
    let robust = try await survivors(of: correct, under: descent, within: set, random)
    // Neither loses its way where the cross-entropy is flat.
    let others: [any Attack] = [
      UntargetedAttack(
        name: "apgd-dlr", method: AutoPGD(steps: 20), loss: .differenceOfLogitsRatio),
      SquareAttack(queries: 200),
    ]
    var left = robust
    for other in others {
      left = try await survivors(of: left, under: other, within: set, random)
    }
    return Resistance(
      images: examples.count, clean: correct.count, robust: robust.count,
      broken: robust.count - left.count)
  }

  private func survivors(
    of examples: [Example], under attack: any Attack, within set: any PerturbationSet,
    _ random: RandomStream
  ) async throws -> [Example] {
    let random = random.forked(attack.name)
    let withstood = try await frozen.each(examples.count) { position, oracle in
      let example = examples[position]
      return try await !attack.attack(
        example, within: set, asking: oracle, random: random.forked(example.index)
      ).isAdversarial
    }
    return zip(examples, withstood).filter(\.1).map(\.0)
  }
}
