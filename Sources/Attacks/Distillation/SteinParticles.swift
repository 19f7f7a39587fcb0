public import Execution
public import Tensors

/// SVGD-TALD: several images that ascend a divergence together and push each other apart.
///
/// For distillation the particles stand for the teacher's adversarial distribution; as an attack,
/// the best of them counts. They are judged at the end only.
/// Source: Nguyen-Duc, Le, Zhao, Cai & Phung, *Adversarial local distribution regularization for
/// knowledge distillation*, WACV 2023, algorithm 1. The paper states neither τ, η, L nor the norm of
/// the ball; the defaults are ours.
public struct SteinParticles: Attack {
  /// What the particles ascend.
  public enum Ascended: String, Codable, Hashable, Sendable, CaseIterable {
    /// The divergence of their probabilities from the clean image's.
    case divergence = "kl"
    /// The cross-entropy of the true class.
    case crossEntropy = "ce"
    /// The mean square of the probabilities' change.
    case squaredDifference = "mse-softmax"
  }

  /// How far particles feel each other.
  public enum Bandwidth: Codable, Hashable, Sendable {
    /// The kernel's σ.
    case fixed(Float)
    /// σ² = median of the squared distances / 2·ln(K + 1), anew in every step.
    case median
  }

  /// For lists, reports and random streams.
  public let name = "svgd"
  /// The number of particles, K.
  public var particles: Int
  /// The number of steps, L.
  public var steps: Int
  /// The length of a step, η.
  public var stepSize: StepSize
  /// The part of the ball in which particles begin, τ.
  public var spread: Float
  /// How far particles feel each other.
  public var bandwidth: Bandwidth
  /// What the particles ascend.
  public var loss: Ascended
  /// Where lengths are measured.
  public var space: InputSpace

  /// Creates an attack; without arguments the paper's, on pixels.
  ///
  /// - Parameters:
  ///   - particles: the number of particles, at least 1.
  ///   - steps: the number of steps, at least 1.
  ///   - stepSize: the length of a step.
  ///   - spread: the part of the ball in which particles begin, positive.
  ///   - bandwidth: how far particles feel each other.
  ///   - loss: what the particles ascend.
  ///   - space: where lengths are measured.
  public init(
    particles: Int = 4, steps: Int = 5, stepSize: StepSize = .relative(1.0 / 3),
    spread: Float = 1, bandwidth: Bandwidth = .fixed(1e-3), loss: Ascended = .divergence,
    space: InputSpace = .pixels
  ) {
    precondition(particles > 0 && steps > 0, "there is at least one step of one particle")
    precondition(spread > 0, "the divergence has no gradient at the clean image itself")
    self.particles = particles
    self.steps = steps
    self.stepSize = stepSize
    self.spread = spread
    self.bandwidth = bandwidth
    self.loss = loss
    self.space = space
  }

  /// The settings that influence the result, for the report.
  public var settings: [String: String] {
    [
      "particles": "\(particles)", "steps": "\(steps)", "step": "\(stepSize)",
      "spread": "\(spread)", "bandwidth": "\(bandwidth)", "loss": loss.rawValue,
      "mean": "\(space.mean)", "deviation": "\(space.deviation)",
    ]
  }

  /// A gradient a step and particle; then particles are judged up to the first misclassified one.
  public func cost(in norm: Norm, classes: Int) -> AttackCost {
    let gradients = Double(particles) * Double(steps)
    let all = PassRange.exactly(gradients: gradients, logits: 1 + Double(particles))
    return AttackCost(
      ofSurvivor: all, ofFooled: .exactly(gradients: gradients, logits: 2).through(all))
  }

  /// The best of the particles, brought into the set.
  public func attack(
    _ example: Example, within set: some PerturbationSet, asking oracle: some SharedOracle,
    random: RandomStream
  ) async throws -> Candidate {
    try space.check(example.image, for: name)
    let clean = try await oracle.logits(at: example.image)
    let objective = objective(reference: clean)
    var best = Candidate(example.image, of: example, logits: clean, objective: objective)
    if best.isAdversarial { return best }
    let ball = set.withRadius(set.radius * space.scale)
    let cloud = try await cloud(
      around: example, reference: clean, within: ball, asking: oracle, random: random)
    for particle in cloud where !best.isAdversarial {
      let image = set.project(particle, around: example.image)
      let logits = try await oracle.logits(at: image)
      best = best.orBetter(
        Candidate(image, of: example, logits: logits, objective: objective))
    }
    return best
  }

  /// The particles after all steps.
  ///
  /// - Parameters:
  ///   - example: the clean image, of pixels.
  ///   - reference: the logits at the clean image.
  ///   - ball: the neighbourhood, its radius in the space's coordinates.
  ///   - oracle: answers questions about images of pixels.
  ///   - random: where the starting points come from; it must allow one more fork.
  /// - Returns: images of pixels.
  /// - Throws: what the oracle throws.
  public func cloud(
    around example: Example, reference: [Float], within ball: some PerturbationSet,
    asking oracle: some Oracle, random: RandomStream
  ) async throws -> [Image] {
    let shape = example.image.shape
    let offsets = (0..<particles).map { particle in
      var random = random.forked(particle)
      return ball.withRadius(spread * ball.radius).displacement(of: shape, using: &random)
    }
    return try await cloud(
      around: example, offsets: offsets, reference: reference, within: ball, asking: oracle)
  }

  /// The particles after all steps, from given starting points.
  ///
  /// - Parameters:
  ///   - example: the clean image, of pixels.
  ///   - offsets: where particles begin, from the clean image, in the space's coordinates.
  ///   - reference: the logits at the clean image.
  ///   - ball: the neighbourhood, its radius in the space's coordinates.
  ///   - oracle: answers questions about images of pixels.
  /// - Returns: images of pixels.
  /// - Throws: what the oracle throws.
  package func cloud(
    around example: Example, offsets: [Image], reference: [Float],
    within ball: some PerturbationSet, asking oracle: some Oracle
  ) async throws -> [Image] {
    let clean = space.coordinates(of: example.image)
    let starts = offsets.map { bring(clean + $0, into: ball, around: clean) }
    let ended = try await ascend(
      starts, around: clean, label: example.label, reference: reference, within: ball,
      asking: oracle)
    return ended.map { space.pixels(at: $0) }
  }

  /// The steps of algorithm 1; all images are coordinates.
  func ascend(
    _ starts: [Image], around clean: Image, label: Int, reference: [Float],
    within ball: some PerturbationSet, asking oracle: some Oracle
  ) async throws -> [Image] {
    let oracle = NetworkInSpace(base: oracle, space: space)
    let objective = objective(reference: reference)
    let stepSize = stepSize.length(forRadius: ball.radius)  // η
    var cloud = starts
    for _ in 0..<steps {
      var scores: [Image] = []
      for particle in cloud {
        let answer = try await oracle.gradient(of: objective, at: particle, label: label)
        scores.append(answer.gradient)
      }
      let kernel = SteinKernel(bandwidth, among: cloud)
      let directions = kernel.directions(cloud, scores: scores)  // φ
      cloud = zip(cloud, directions).map { particle, direction in
        let length = direction.norm(.l2)
        if !(length > 0) { return particle }
        let factor = Float(Double(stepSize) / length)
        return bring(
          particle.combined(with: direction) { $0 + factor * $1 }, into: ball, around: clean)
      }
    }
    return cloud
  }

  func objective(reference: [Float]) -> any Objective {
    switch loss {
    case .divergence: DivergenceFromReference(reference: reference)
    case .crossEntropy: CrossEntropy()
    case .squaredDifference: SquaredDifferenceFromReference(reference: reference)
    }
  }

  /// First the ball, then the bounds of the space, once each.
  private func bring(
    _ particle: Image, into ball: some PerturbationSet, around clean: Image
  ) -> Image {
    space.clipped(clean + ball.shortened(particle - clean))
  }
}
