public import Attacks
public import Execution
public import Tensors

/// The particles that one search found around one image.
public struct ParticleCloud: Sendable {
  /// How particles are found.
  public enum Method: String, Sendable, Encodable, CaseIterable {
    /// Stein variational gradient ascent, in which particles repel each other.
    case stein = "svgd"
    /// BSS from as many random starts.
    case boundary = "bss"
  }

  /// The image's stable index.
  public let index: Int
  /// How many particles there are.
  public let count: Int
  /// How many of them the network takes for another class.
  public let fooling: Int
  /// The distances of those; nil of fewer than two.
  public let amongFooling: ParticleDiversity?
  /// The distances of all.
  public let amongAll: ParticleDiversity?

  /// Measures particles.
  ///
  /// - Parameters:
  ///   - index: the image's.
  ///   - particles: in the coordinates in which distances are meant.
  ///   - isFooling: of each particle.
  public init(index: Int, _ particles: [Image], isFooling: [Bool]) {
    self.index = index
    count = particles.count
    fooling = isFooling.count { $0 }
    amongAll = ParticleDiversity(of: particles)
    amongFooling = ParticleDiversity(of: zip(particles, isFooling).filter(\.1).map(\.0))
  }
}

/// How particles are searched for.
public struct ParticleSearch: Sendable {
  /// The ascent; its number of particles is replaced.
  public var stein: SteinParticles
  /// The search for a boundary.
  public var boundary: BoundarySupportingSample
  /// Of the Euclidean ball, in the space's coordinates.
  public var radius: Float
  /// Decides the starts.
  public var seed: UInt64

  /// Describes a search.
  ///
  /// - Parameters:
  ///   - stein: the ascent.
  ///   - boundary: the search for a boundary, in the same space.
  ///   - radius: of the Euclidean ball, in the space's coordinates.
  ///   - seed: decides the starts.
  public init(
    stein: SteinParticles, boundary: BoundarySupportingSample, radius: Float, seed: UInt64
  ) {
    precondition(stein.space == boundary.space, "both search in one space")
    (self.stein, self.boundary, self.radius, self.seed) = (stein, boundary, radius, seed)
  }

  /// Searches around one image that the network classifies correctly.
  ///
  /// - Parameters:
  ///   - method: how.
  ///   - count: the number of particles.
  ///   - example: the image.
  ///   - logits: the network's there.
  ///   - oracle: the network.
  /// - Returns: what was found.
  /// - Throws: what the oracle throws.
  public func cloud(
    by method: ParticleCloud.Method, of count: Int, around example: Example, logits: [Float],
    asking oracle: some SharedOracle
  ) async throws -> ParticleCloud {
    let random = RandomStream(seed: seed).forked(example.index)
      .forked("\(method.rawValue) \(count)")
    let ball = Norm.l2.ball(radius: radius)
    var particles: [Image] = []
    switch method {
    case .stein:
      var stein = stein
      stein.particles = count
      particles = try await stein.cloud(
        around: example, reference: logits, within: ball, asking: oracle, random: random)
    case .boundary:
      let space = boundary.space
      let clean = space.coordinates(of: example.image)
      for particle in 0..<count {
        var random = random.forked(particle)
        let target = boundary.target(in: logits, using: &random)
        let start = space.clipped(
          clean + ball.displacement(of: example.image.shape, using: &random))
        let ending = try await boundary.cross(
          from: start, base: example.label, toward: target, asking: oracle)
        particles.append(space.pixels(at: ending.coordinates))
      }
    }
    var isFooling: [Bool] = []
    for particle in particles {
      isFooling.append(try await oracle.logits(at: particle).argmax != example.label)
    }
    return ParticleCloud(
      index: example.index, particles.map(stein.space.coordinates), isFooling: isFooling)
  }
}
