public import Attacks
public import Tensors

/// The mean of (CE(teacher) − CE(student))² over particles of the teacher's adversarial local
/// distribution, TALD; they ascend the teacher's divergence together.
///
/// Source: Nguyen-Duc, Le, Zhao, Cai & Phung, *Adversarial local distribution regularization for
/// knowledge distillation*, WACV 2023. The paper states neither the number of steps nor their
/// length; the program that goes with it does something else, see ``Particles/authorCode``.
public struct LocalDistribution: LossTerm {
  /// `localDistribution`.
  public static let kind = "localDistribution"

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

  /// Creates a term; without arguments the paper's, what it leaves open being chosen by us.
  ///
  /// - Parameters:
  ///   - count: the number of particles of an image, at least 1.
  ///   - radius: of the ball, in the space's coordinates.
  ///   - norm: the ball's.
  ///   - particles: how they are made.
  ///   - space: where lengths are measured.
  ///   - batches: how the student sees particles.
  public init(
    count: Int = 4, radius: Float = 0.3, norm: Norm = .l2,
    particles: Particles = .paper(
      steps: 5, length: 0.1, spread: 1, bandwidth: .fixed(1e-3)),
    space: InputSpace = .pixels, batches: Batches = .separate
  ) {
    self.count = count
    self.radius = radius
    self.norm = norm
    self.particles = particles
    self.space = space
    self.batches = batches
  }

  /// The particles', and the clean images' where these are compared too.
  public var passes: Set<ForwardPass> {
    comparesClean ? [.clean, .adversarial] : [.adversarial]
  }

  /// It does.
  public var needsTeacher: Bool { true }

  /// The number and the radius of particles.
  public var settings: [(Setting, WritableKeyPath<Self, Double>)] {
    [(.particles, \.exactCount), (.particleRadius, \.exactRadius)]
  }

  private var exactCount: Double {
    get { Double(count) }
    set { count = Int(newValue) }
  }

  private var exactRadius: Double {
    get { Double(radius) }
    set { radius = Float(newValue) }
  }

  /// Particles have one class.
  public var refusalOfMixedLabels: String? { Self.needsOneClass }

  /// As somebody else makes particles, or in another space.
  ///
  /// - Parameter form: what is changed.
  /// - Returns: nil for other forms.
  public func changed(_ form: LossForm) -> LocalDistribution? {
    var result = self
    switch form {
    case .preset(.authorCode):
      result.particles = .authorCode
      result.batches = .joint
    case .preset(.paper): break
    case .space(let space): result.space = space
    case .classMeans, .bothLogits: return nil
    }
    return result
  }

  /// With fewer steps of particles.
  ///
  /// - Parameter largest: how many it may take at most.
  /// - Returns: the same, as the authors' program makes particles.
  public func taking(atMost largest: Int) -> LocalDistribution {
    guard case .paper(let steps, let length, let spread, let bandwidth) = particles else {
      return self
    }
    var result = self
    result.particles = .paper(
      steps: min(steps, largest), length: length, spread: spread, bandwidth: bandwidth)
    return result
  }

  /// The squared difference of cross-entropies, the teacher's fixed.
  ///
  /// - Parameter inputs: logits of particles, and of clean images where these are compared too.
  /// - Returns: a value a particle, then a value a clean image.
  public func value(of inputs: LossInputs) -> TermValue {
    func rows(_ pass: ForwardPass, _ teacher: [[Double]], _ labels: [Int]) -> [SingleTerm] {
      zip(inputs.logits(pass), zip(teacher, labels)).map { student, given in
        .entropyDifference(student, teacher: given.0, label: given.1)
      }
    }
    let particles = rows(.adversarial, inputs.samples.teacher, inputs.samples.labels)
    let clean = comparesClean ? rows(.clean, inputs.teacher, inputs.labels) : []
    return TermValue(
      values: (particles + clean).map(\.value),
      gradients: [.adversarial: particles.map(\.gradient), .clean: clean.map(\.gradient)])
  }

  /// Whether clean images are compared like particles.
  var comparesClean: Bool { particles == .authorCode }

  /// How many images of a batch have particles.
  func attacked(of batch: Int) -> Int { particles == .authorCode ? min(10, batch) : batch }
}

extension SingleTerm {
  /// (CE(student) − CE(teacher))², the teacher fixed.
  fileprivate static func entropyDifference(
    _ student: [Double], teacher: [Double], label: Int
  ) -> SingleTerm {
    let own = crossEntropy(student, label: label)
    let difference = own.value - crossEntropy(teacher, label: label).value
    return SingleTerm(
      value: difference * difference, gradient: own.gradient.map { 2 * difference * $0 })
  }
}
