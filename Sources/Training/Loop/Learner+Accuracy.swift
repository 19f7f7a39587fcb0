internal import Attacks
public import Datasets
internal import Execution
public import Tensors

/// How many of some images a network gets right.
public struct Accuracy: Hashable, Sendable {
  /// How many there are.
  public var images: Int
  /// How many are classified correctly.
  public var clean: Int
  /// How many still are after projected gradient descent; nil if that was not tried.
  public var robust: Int?
}

/// How a network is attacked to choose among checkpoints.
public struct SelectionAttack: Hashable, Sendable {
  /// The number of steps, each a quarter of the radius long.
  public var steps: Int
  /// The radius in pixel units.
  public var radius: Double
  /// What bounds perturbations.
  public var norm: Norm

  /// Creates an attack.
  ///
  /// - Parameters:
  ///   - steps: each a quarter of the radius long.
  ///   - radius: in pixel units.
  ///   - norm: what bounds perturbations.
  public init(steps: Int, radius: Double, norm: Norm) {
    self.steps = steps
    self.radius = radius
    self.norm = norm
  }
}

extension Learner {
  /// Measures accuracy in evaluation mode.
  ///
  /// - Parameters:
  ///   - positions: of the images.
  ///   - dataset: the images.
  ///   - parameters: those of the state, or others, for instance their average.
  ///   - attack: what is tried; nil for nothing.
  ///   - random: the seed's stream.
  /// - Returns: the counts.
  /// - Throws: `BackendError` when the backend fails.
  public func accuracy(
    on positions: some Collection<Int> & Sendable, of dataset: Dataset,
    parameters: [String: Tensor]? = nil,
    under attack: SelectionAttack?, random: RandomStream
  ) async throws -> Accuracy {
    let examples = Array(positions)[machine.ranks.share(of: positions.count)].map {
      Example(
        index: dataset.index(at: $0), image: dataset.image(at: $0), label: dataset.label(at: $0))
    }
    let logits = try await logits(of: examples.map(\.image), parameters: parameters)
    let correct = zip(examples, logits).filter { $0.label == $1.argmax }.map(\.0)
    guard let attack else {
      return Accuracy(images: positions.count, clean: total([correct.count])[0])
    }
    let set = attack.norm.ball(radius: Float(attack.radius))
    let ascent = UntargetedAttack(
      name: "pgd", method: PGD(steps: attack.steps), loss: .crossEntropy)
    let survivors = try await frozen.each(correct.count) { position, oracle in
      let example = correct[position]
      return try await !ascent.attack(
        example, within: set, asking: oracle, random: random.forked(example.index)
      ).isAdversarial
    }
    let counts = total([correct.count, survivors.count { $0 }])
    return Accuracy(images: positions.count, clean: counts[0], robust: counts[1])
  }
}
