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

    /// The temperature of either.
    public var temperature: Double {
      get {
        switch self {
        case .sample(let temperature), .classMeans(let temperature): temperature
        }
      }
      set {
        switch self {
        case .sample: self = .sample(temperature: newValue)
        case .classMeans: self = .classMeans(temperature: newValue)
        }
      }
    }
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
