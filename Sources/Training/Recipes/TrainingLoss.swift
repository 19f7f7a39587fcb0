/// What a step makes smaller.
public enum TrainingLoss: Codable, Hashable, Sendable {
  /// Cross-entropy on clean images.
  case natural(labelSmoothing: Double)
  /// Cross-entropy on perturbed images.
  ///
  /// Source: Madry et al., *Towards deep learning models resistant to adversarial attacks*, 2018.
  case adversarial(labelSmoothing: Double)
  /// Cross-entropy on clean images plus `weight` · KL(p(x) ‖ p(x′)).
  ///
  /// Source: Zhang et al., *Theoretically principled trade-off between robustness and accuracy*,
  /// 2019.
  case trades(weight: Double, labelSmoothing: Double)
  /// Cross-entropy on clean images plus the parts of a decoupled divergence.
  case decoupled(DecoupledDivergence)
  /// Cross-entropy with the teacher's probabilities at `temperature` plus `weight` ·
  /// KL(p(x) ‖ p(x′)).
  ///
  /// Source: Chen & Lee, *LTD: Low temperature distillation for robust adversarial training*, 2021.
  case lowTemperature(temperature: Double, weight: Double)
  /// `labels` · cross-entropy plus `weight` · T² · KL(teacher ‖ student), both at temperature T.
  ///
  /// Source: Hinton, Vinyals & Dean, *Distilling the knowledge in a neural network*, 2015.
  case distillation(labels: Double, weight: Double, temperature: Double)
  /// Cross-entropy plus the parts of a decoupled divergence of the student from the teacher.
  case decoupledDistillation(DecoupledDivergence, warmUpEpochs: Int)
  /// Distillation that also compares images near the teacher's decision boundary.
  case boundaryDistillation(BoundaryDistillation)
  /// Distillation that also compares losses on particles of the teacher's adversarial distribution.
  case localDistribution(LocalDistribution)

  /// The passes in training mode that the loss needs.
  public var passes: [ForwardPass] {
    switch self {
    case .natural, .distillation, .decoupledDistillation: [.clean]
    case .adversarial: [.adversarial]
    case .trades, .decoupled, .lowTemperature, .boundaryDistillation: [.clean, .adversarial]
    case .localDistribution(let distribution):
      distribution.batches == .joint ? [.adversarial] : [.clean, .adversarial]
    }
  }

  /// Whether a teacher's logits are needed.
  public var needsTeacher: Bool {
    switch self {
    case .natural, .adversarial, .trades, .decoupled: false
    case .lowTemperature, .distillation, .decoupledDistillation, .boundaryDistillation,
      .localDistribution:
      true
    }
  }

  /// Whether the adversarial pass takes images made with the teacher's help, not perturbations of
  /// the batch.
  public var asksTeacherForImages: Bool {
    switch self {
    case .boundaryDistillation, .localDistribution: true
    case .natural, .adversarial, .trades, .decoupled, .lowTemperature, .distillation,
      .decoupledDistillation:
      false
    }
  }

  /// Whether one pass takes the adversarial images with the clean ones behind them.
  var joinsPasses: Bool {
    if case .localDistribution(let distribution) = self {
      distribution.batches == .joint
    } else {
      false
    }
  }

  /// The decoupled divergence, if there is one.
  var divergence: DecoupledDivergence? {
    switch self {
    case .decoupled(let divergence), .decoupledDistillation(let divergence, _): divergence
    case .natural, .adversarial, .trades, .lowTemperature, .distillation, .boundaryDistillation,
      .localDistribution:
      nil
    }
  }
}

/// A Kullback–Leibler divergence taken apart: a weighted mean squared error of differences of
/// logits, and a cross-entropy with soft labels.
///
/// wMSE = ¼ Σⱼₖ wⱼ wₖ (Δᵐⱼₖ − Δⁿⱼₖ)², SCE = −Σⱼ sᵐⱼ log sⁿⱼ. With ``DecoupledDivergence/kullbackLeibler`` the
/// gradients are those of KL(sᵐ ‖ sⁿ).
///
/// Source: Cui et al., *Decoupled Kullback–Leibler divergence loss*, NeurIPS 2024.
public struct DecoupledDivergence: Codable, Hashable, Sendable {
  /// Which logits the squared error pulls at.
  public enum Reach: String, Codable, Hashable, Sendable {
    /// Those of the first distribution only.
    case first
    /// Those of both distributions.
    case both
    /// Those of the second distribution only, as in distillation.
    case second
  }

  /// What weighs the classes in the squared error.
  public enum ClassWeights: Codable, Hashable, Sendable {
    /// The first distribution of the sample itself at a temperature.
    case sample(temperature: Double)
    /// The mean over the class's samples in the epoch before, at a temperature.
    case classMeans(temperature: Double)
  }

  /// The factor of the weighted mean squared error (α in the paper, beta in the authors' code).
  public var squaredErrorWeight: Double
  /// The factor of the cross-entropy with soft labels (β in the paper, alpha in the code).
  public var crossEntropyWeight: Double
  /// What weighs the classes in the squared error.
  public var classWeights: ClassWeights
  /// Which logits the squared error pulls at.
  public var reach: Reach
  /// The temperature of both distributions in the cross-entropy.
  public var temperature: Double

  /// Creates a divergence; without arguments but the first two it is the improved one, IKL.
  ///
  /// - Parameters:
  ///   - squaredErrorWeight: the factor of the weighted mean squared error.
  ///   - crossEntropyWeight: the factor of the cross-entropy with soft labels.
  ///   - classWeights: what weighs the classes in the squared error.
  ///   - reach: which logits the squared error pulls at.
  ///   - temperature: of both distributions in the cross-entropy.
  public init(
    squaredErrorWeight: Double, crossEntropyWeight: Double,
    classWeights: ClassWeights = .classMeans(temperature: 4), reach: Reach = .both,
    temperature: Double = 1
  ) {
    self.squaredErrorWeight = squaredErrorWeight
    self.crossEntropyWeight = crossEntropyWeight
    self.classWeights = classWeights
    self.reach = reach
    self.temperature = temperature
  }

  /// The divergence that has the gradients of KL(sᵐ ‖ sⁿ).
  public static let kullbackLeibler = DecoupledDivergence(
    squaredErrorWeight: 1, crossEntropyWeight: 1, classWeights: .sample(temperature: 1),
    reach: .first)
}
