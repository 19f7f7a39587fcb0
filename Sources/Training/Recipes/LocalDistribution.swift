public import Attacks
public import Tensors

/// Distillation regularised by the teacher's adversarial local distribution, TALD.
///
/// `labels` · CE + `teacher` · T² KL(teacher ‖ student) + `weight` · mean of (CE(teacher) −
/// CE(student))² over particles that ascend the teacher's divergence together.
/// Source: Nguyen-Duc, Le, Zhao, Cai & Phung, *Adversarial local distribution regularization for
/// knowledge distillation*, WACV 2023. The paper states neither the number of steps nor their
/// length; the program that goes with it does something else, see ``Particles/authorCode``.
public struct LocalDistribution: Codable, Hashable, Sendable {
  /// How particles are made.
  public enum Particles: Codable, Hashable, Sendable {
    /// Algorithm 1 of the paper.
    case paper(steps: Int, length: Float, spread: Float, bandwidth: SteinParticles.Bandwidth)
    /// The authors' program: particles of the first ten images only, next to these, and the clean
    /// images are compared too.
    case authorCode
  }

  /// How the student sees particles.
  public enum Batches: String, Codable, Hashable, Sendable, CaseIterable {
    /// After the clean batch, in a batch of their own.
    case separate
    /// In one batch, before the clean images.
    case joint
  }

  /// The factor of the cross-entropy with labels.
  public var labels: Double
  /// The factor of the divergence from the teacher.
  public var teacher: Double
  /// The temperature of that divergence.
  public var temperature: Double
  /// The factor of the regularisation (λ).
  public var weight: Double
  /// The number of particles of an image (K).
  public var count: Int
  /// The radius of the ball, in the space's coordinates (ε).
  public var radius: Float
  /// The ball's norm.
  public var norm: Norm
  /// How particles are made.
  public var particles: Particles
  /// Where lengths are measured.
  public var space: InputSpace
  /// How the student sees particles.
  public var batches: Batches

  /// Creates a loss; without arguments the paper's, what it leaves open being chosen by us.
  ///
  /// - Parameters:
  ///   - labels: the factor of the cross-entropy with labels.
  ///   - teacher: the factor of the divergence from the teacher.
  ///   - temperature: of that divergence.
  ///   - weight: the factor of the regularisation.
  ///   - count: the number of particles of an image, at least 1.
  ///   - radius: of the ball, in the space's coordinates.
  ///   - norm: the ball's.
  ///   - particles: how they are made.
  ///   - space: where lengths are measured.
  ///   - batches: how the student sees particles.
  public init(
    labels: Double = 0.1, teacher: Double = 0.9, temperature: Double = 4, weight: Double = 0.01,
    count: Int = 4, radius: Float = 0.3, norm: Norm = .l2,
    particles: Particles = .paper(
      steps: 5, length: 0.1, spread: 1, bandwidth: .fixed(1e-3)),
    space: InputSpace = .pixels, batches: Batches = .separate
  ) {
    self.labels = labels
    self.teacher = teacher
    self.temperature = temperature
    self.weight = weight
    self.count = count
    self.radius = radius
    self.norm = norm
    self.particles = particles
    self.space = space
    self.batches = batches
  }

  /// Whether clean images are compared like particles.
  var comparesClean: Bool { particles == .authorCode }

  /// How many images of a batch have particles.
  func attacked(of batch: Int) -> Int { particles == .authorCode ? min(10, batch) : batch }
}
