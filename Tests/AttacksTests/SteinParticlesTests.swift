import Execution
import Tensors
import TestSupport
import Testing

@testable import Attacks

@Suite struct SteinParticlesTests {
  static let clean = TinyNetwork.examples[0]
  static let particles = [
    [0.05, -0.02, 0.01, 0.03, -0.04, 0.02], [-0.03, 0.04, 0.02, -0.01, 0.05, -0.05],
    [0.01, 0.01, -0.05, 0.04, 0.02, 0.03],
  ].map { (offset: [Float]) in clean + Image(shape: TinyNetwork.shape, pixels: offset) }

  private func scores() async throws -> [(value: Float, gradient: Image)] {
    let oracle = TinyNetwork()
    let objective = DivergenceFromReference(
      reference: try await oracle.logits(at: Self.clean))
    var scores: [(value: Float, gradient: Image)] = []
    for particle in Self.particles {
      let answer = try await oracle.gradient(of: objective, at: particle, label: 4)
      scores.append((answer.value, answer.gradient))
    }
    return scores
  }

  private func expect(_ image: Image, equals expected: [Float], within tolerance: Float = 1e-6) {
    for (own, expected) in zip(image.pixels, expected) { #expect(abs(own - expected) < tolerance) }
  }

  /// Figures of a program in double precision with automatic derivatives.
  @Test func divergencesAndTheirGradientsAreTheReferences() async throws {
    let scores = try await scores()
    for (own, expected) in zip(scores, [0.0009081, 0.0033327, 0.0040169] as [Float]) {
      #expect(abs(own.value - expected) < 3e-7)
    }
    expect(
      scores[0].gradient,
      equals: [0.0524906, 0.0267855, -0.0111928, -0.0322588, -0.0273140, -0.0089269])
  }

  @Test(
    arguments: [
      (0.5, [0.1609251, -0.1258536, 0.0486805, 0.0294939, -0.1868929, 0.0872040]),
      (0.05, [0.8297196, -0.6060354, 1.0856155, -0.1579124, -1.1959143, -0.1156012]),
      // The kernel is so narrow that only the particle itself is left.
      (
        0.001,
        [
          0.0524906 / 3, 0.0267855 / 3, -0.0111928 / 3, -0.0322588 / 3, -0.0273140 / 3,
          -0.0089269 / 3,
        ]
      ),
    ] as [(Double, [Float])])
  func directionsAreTheReferences(deviation: Double, expected: [Float]) async throws {
    let kernel = SteinKernel(variance: deviation * deviation)
    let directions = kernel.directions(
      Self.particles, scores: try await scores().map(\.gradient))
    expect(directions[0], equals: expected, within: 5e-6)
  }

  @Test func kernelsAreTheReferences() {
    let wide = SteinKernel(variance: 0.25)
    let own = Self.particles
    for (value, expected) in [
      (wide.value(own[0], own[1]), 0.9518003), (wide.value(own[0], own[2]), 0.9803947),
      (wide.value(own[1], own[2]), 0.9661850),
      (SteinKernel(variance: 0.0025).value(own[0], own[1]), 0.0071546),
    ] { #expect(abs(value - expected) < 1e-6) }
  }

  struct Golden: Sendable {
    var bandwidth: SteinParticles.Bandwidth
    var ball: any PerturbationSet
    var particles: [[Float]]
  }

  /// Figures of Fixtures/stein_particles.py.
  @Test(arguments: [
    Golden(
      bandwidth: .fixed(0.001), ball: L2Ball(radius: 0.3),
      particles: [
        [0.438679, 0.746293, 0.426581, 0.791150, 0.000000, 0.421299],
        [0.149764, 0.861338, 0.678942, 0.952858, 0.072357, 0.239165],
        [0.202033, 0.567250, 0.306442, 0.901664, 0.212494, 0.549168],
      ]),
    Golden(
      bandwidth: .fixed(0.05), ball: L2Ball(radius: 0.3),
      particles: [
        [0.420551, 0.735432, 0.560716, 0.845209, 0.000000, 0.378147],
        [0.128657, 0.851082, 0.670830, 0.901079, 0.119002, 0.219614],
        [0.169778, 0.625366, 0.288349, 0.937600, 0.234250, 0.538864],
      ]),
    Golden(
      bandwidth: .median, ball: L2Ball(radius: 0.15),
      particles: [
        [0.281946, 0.647190, 0.553506, 0.911399, 0.002042, 0.420184],
        [0.140476, 0.750115, 0.554860, 0.853886, 0.160298, 0.312402],
        [0.189913, 0.704033, 0.385301, 0.946561, 0.147842, 0.469060],
      ]),
    Golden(
      bandwidth: .fixed(0.05), ball: LinfBall(radius: 0.1),
      particles: [
        [0.300000, 0.752068, 0.587197, 0.859359, 0.000000, 0.360113],
        [0.117954, 0.800000, 0.600000, 0.901139, 0.120946, 0.300000],
        [0.157829, 0.616130, 0.400000, 0.946874, 0.200000, 0.500000],
      ]),
  ]) func stepsAreTheReferences(golden: Golden) async throws {
    let oracle = TinyNetwork()
    let attack = SteinParticles(
      particles: 3, steps: 3, stepSize: .absolute(0.1), bandwidth: golden.bandwidth)
    let ended = try await attack.ascend(
      Self.particles, around: Self.clean, label: 4,
      reference: try await oracle.logits(at: Self.clean), within: golden.ball, asking: oracle)
    for (particle, expected) in zip(ended, golden.particles) {
      expect(particle, equals: expected, within: 2e-5)
    }
    #expect(oracle.passes == (10, 9))
  }

  @Test func theAttackAsksForEveryParticleAndStep() async throws {
    let oracle = TinyNetwork()
    let found = try await SteinParticles().attack(
      Example(index: 0, image: Self.clean, label: 4), within: L2Ball(radius: 0.05),
      asking: oracle, random: RandomStream(seed: 0))
    #expect(!found.isAdversarial)
    #expect(oracle.passes == (1 + 20 + 4, 20))
    #expect(found.value > 0)
  }

  /// In the normalised space the ball's radius and the steps are larger by the deviation.
  @Test func particlesStayInTheBallOfTheirSpace() async throws {
    let space = InputSpace(mean: [0.5], deviation: [0.25])
    let ball = L2Ball(radius: 0.3)
    let oracle = TinyNetwork()
    let cloud = try await SteinParticles(space: space).cloud(
      around: Example(index: 0, image: Self.clean, label: 4),
      reference: try await oracle.logits(at: Self.clean), within: ball, asking: oracle,
      random: RandomStream(seed: 0))
    #expect(cloud.count == 4)
    #expect(Set(cloud).count == 4)
    for particle in cloud {
      let distance = (particle - Self.clean).norm(.l2) / 0.25
      #expect(distance < 0.3 + 1e-6 && distance > 0.1)
    }
  }

  /// The authors' program leaves ‖δ‖₂ = 5·10⁻⁴ whatever the network.
  @Test func theAuthorsCodeMovesHalfAThousandth() async throws {
    let oracle = TinyNetwork()
    let cloud = try await AuthorCodeParticles(space: .pixels).cloud(
      around: Example(index: 0, image: Self.clean, label: 4),
      reference: try await oracle.logits(at: Self.clean), asking: oracle,
      random: RandomStream(seed: 0))
    #expect(cloud.count == 4)
    #expect(oracle.passes == (5, 4))
    for particle in cloud {
      #expect(abs((particle - Self.clean).norm(.l2) - 5e-4) < 1e-6)
    }
  }

  @Test func theAuthorsGuardsLetTinyDirectionsVanish() {
    let tiny = Image(shape: TinyNetwork.shape, repeating: 1e-20)
    #expect(AuthorCodeParticles.normalized(tiny).norm(.l2) < 1e-4)
    let large = Image(shape: TinyNetwork.shape, repeating: 3)
    #expect(abs(AuthorCodeParticles.normalized(large).norm(.l2) - 1) < 1e-6)
  }
}
