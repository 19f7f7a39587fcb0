public import Execution
import Foundation
public import Tensors

/// SVGD-TALD as its authors' program has it, which is not what their paper says.
///
/// One step of length 5·10⁻⁴ along the gradient of the probabilities' squared change, felt ten units
/// away; no ball. In the program the particles of ten images repel each other; here those of one,
/// which changes nothing as long as the kernel is as narrow as it is with four particles.
/// Source: the program that goes with Nguyen-Duc et al., *Adversarial local distribution
/// regularization for knowledge distillation*, WACV 2023.
public struct AuthorCodeParticles: Attack {
  /// For lists, reports and random streams.
  public let name = "svgd-author-code"
  /// The number of particles, n.
  public var particles: Int
  /// Where lengths are measured.
  public var space: InputSpace

  /// Creates an attack.
  ///
  /// - Parameters:
  ///   - particles: the number of particles, at least 1; 4 in the program.
  ///   - space: where lengths are measured; normalised CIFAR-100 in the program.
  public init(particles: Int = 4, space: InputSpace = InputSpace.Name.cifar100.space) {
    precondition(particles > 0, "there is at least one particle")
    self.particles = particles
    self.space = space
  }

  /// The settings that influence the result, for the report.
  public var settings: [String: String] {
    [
      "particles": "\(particles)", "mean": "\(space.mean)", "deviation": "\(space.deviation)",
      "loss": SteinParticles.Ascended.squaredDifference.rawValue,
    ]
  }

  /// A gradient a particle; then particles are judged up to the first misclassified one.
  public func cost(in norm: Norm, classes: Int) -> AttackCost {
    let count = Double(particles)
    let all = PassRange.exactly(gradients: count, logits: 1 + count)
    return AttackCost(
      ofSurvivor: all, ofFooled: .exactly(gradients: count, logits: 2).through(all))
  }

  /// The first misclassified particle, or the one of the largest change, brought into the set.
  public func attack(
    _ example: Example, within set: some PerturbationSet, asking oracle: some SharedOracle,
    random: RandomStream
  ) async throws -> Candidate {
    try space.check(example.image, for: name)
    let clean = try await oracle.logits(at: example.image)
    let objective = SquaredDifferenceFromReference(reference: clean)
    var best = Candidate(example.image, of: example, logits: clean, objective: objective)
    if best.isAdversarial { return best }
    let cloud = try await cloud(
      around: example, reference: clean, asking: oracle, random: random)
    for particle in cloud where !best.isAdversarial {
      let image = set.project(particle, around: example.image)
      let logits = try await oracle.logits(at: image)
      best = best.orBetter(
        Candidate(image, of: example, logits: logits, objective: objective))
    }
    return best
  }

  /// The particles.
  ///
  /// - Parameters:
  ///   - example: the clean image, of pixels.
  ///   - reference: the logits at the clean image.
  ///   - oracle: answers questions about images of pixels.
  ///   - random: where the directions come from; it must allow one more fork.
  /// - Returns: images of pixels.
  /// - Throws: what the oracle throws.
  public func cloud(
    around example: Example, reference: [Float], asking oracle: some Oracle,
    random: RandomStream
  ) async throws -> [Image] {
    let noise = (0..<particles).map { particle in
      var random = random.forked(particle)
      return random.image(shape: example.image.shape) { $0.uniform(in: -0.5..<0.5) }
    }
    return try await cloud(
      around: example, noise: noise, reference: reference, asking: oracle)
  }

  /// The particles along given directions.
  ///
  /// - Parameters:
  ///   - example: the clean image, of pixels.
  ///   - noise: where particles are sought, in the space's coordinates.
  ///   - reference: the logits at the clean image.
  ///   - oracle: answers questions about images of pixels.
  /// - Returns: images of pixels.
  /// - Throws: what the oracle throws.
  package func cloud(
    around example: Example, noise: [Image], reference: [Float], asking oracle: some Oracle
  ) async throws -> [Image] {
    let clean = space.coordinates(of: example.image)
    let network = NetworkInSpace(base: oracle, space: space)
    let objective = SquaredDifferenceFromReference(reference: reference)
    let reach: Float = 10  // ξ
    var directions: [Image] = []
    var scores: [Image] = []
    for noise in noise {
      let direction = Self.normalized(noise)  // d
      let answer = try await network.gradient(
        of: objective, at: clean.combined(with: direction) { $0 + reach * $1 },
        label: example.label)
      directions.append(direction)
      // The program weighs the scores by n and not the repulsion.
      scores.append(Float(particles) * reach * answer.gradient)
    }
    let deviation = pow(10, 1 - Double(particles))  // σ
    let kernel = SteinKernel(variance: (1e-8 + 2 * deviation * deviation) / 2)
    return kernel.directions(directions, scores: scores).map { direction in
      let step = 5e-4 * Self.normalized(direction)
      return space.pixels(at: space.clipped(clean + step))
    }
  }

  /// Of unit length, up to the program's guards, which let tiny directions vanish.
  static func normalized(_ direction: Image) -> Image {
    let largest = direction.norm(.linf)
    let scaled = Float(1 / (largest + 1e-12)) * direction
    let length = pow(scaled.norm(.l2), 2)
    return Float(1 / (1e-6 + length).squareRoot()) * scaled
  }
}
