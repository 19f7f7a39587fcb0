internal import Foundation
internal import Tensors

/// How far one-hot and soft labels are from what images really are, where few images are ambiguous.
///
/// Source: Chen & Lee, *LTD: Low temperature distillation for robust adversarial training*, 2021,
/// appendix; numbers that it leaves open are ours and can be set.
public struct DiscrepancySimulation: Sendable, Encodable {
  /// What is simulated.
  public struct Settings: Sendable, Encodable, Hashable {
    /// How many images.
    public var images = 100_000
    /// The share of ambiguous ones.
    public var ambiguous = 0.03
    /// The second class' true probability of those.
    public var gamma = 0.4
    /// The second class' true probability of the others, and what a one-hot model gives.
    public var epsilon = 0.001
    /// How many classes the second simulation has.
    public var classes = 10
    /// The concentration of its true labels, in all.
    public var concentration = 0.005
    /// The share of images that models misclassify there.
    public var misclassified = 0.01
    /// Decides everything drawn.
    public var seed = 0

    /// The settings described above.
    public init() {}
  }

  /// A model that gives every image of two classes the label (1 − s, s).
  public struct Softness: Sendable, Encodable, Hashable {
    /// s.
    public let softness: Double
    /// The mean of Σ|p − q| over images drawn.
    public let simulated: Double
    /// Its expectation, in closed form.
    public let expected: Double
    /// The mean of KL(p‖q) over images drawn.
    public let simulatedDivergence: Double
    /// Its expectation.
    public let expectedDivergence: Double

    private enum CodingKeys: String, CodingKey {
      case softness, simulated, expected
      case simulatedDivergence = "simulated_kl"
      case expectedDivergence = "expected_kl"
    }
  }

  /// A model whose labels are drawn from Dirichlet(c·α), its largest probability for the class it
  /// predicts.
  public struct Scale: Sendable, Encodable, Hashable {
    /// c; nil of the one-hot model.
    public let scale: Double?
    /// The mean of Σ|p − q|.
    public let discrepancy: Double
    /// The mean of Σq².
    public let concentration: Double
    /// Its expectation.
    public let expectedConcentration: Double

    private enum CodingKeys: String, CodingKey {
      case scale, discrepancy, concentration
      case expectedConcentration = "expected_concentration"
    }
  }

  /// What was simulated.
  public let settings: Settings
  /// The share of ambiguous images that was drawn.
  public let ambiguousDrawn: Double
  /// By s.
  public let softness: [Softness]
  /// The share of true labels whose largest probability is above 0.995, of the second simulation.
  public let certain: Double
  /// By c, the one-hot model first.
  public let scales: [Scale]

  private enum CodingKeys: String, CodingKey {
    case settings, softness, certain, scales
    case ambiguousDrawn = "ambiguous_drawn"
  }

  /// Simulates.
  ///
  /// - Parameters:
  ///   - settings: what.
  ///   - scales: c, of the second simulation.
  public init(_ settings: Settings, scales: [Double]) {
    self.settings = settings
    let random = RandomStream(seed: UInt64(bitPattern: Int64(settings.seed)))
    var drawing = random.forked("two classes")
    let drawn = (0..<settings.images).count { _ in
      Double(drawing.uniform()) < settings.ambiguous
    }
    let share = Double(drawn) / Double(settings.images)
    ambiguousDrawn = share
    let steps =
      [settings.epsilon, settings.gamma / 10] + (1...8).map { settings.gamma * Double($0) / 8 }
    softness = Set(steps).sorted().map { s in
      Softness(
        softness: s, simulated: settings.distance(s, ambiguous: share),
        expected: settings.distance(s, ambiguous: settings.ambiguous),
        simulatedDivergence: settings.divergence(s, ambiguous: share),
        expectedDivergence: settings.divergence(s, ambiguous: settings.ambiguous))
    }
    let table = DirichletTable(settings, scales: scales, random.forked("dirichlet"))
    certain = table.certain
    self.scales = table.scales
  }
}

extension DiscrepancySimulation.Settings {
  /// Σ|p − q| over both kinds of images, for q = (1 − s, s).
  func distance(_ s: Double, ambiguous share: Double) -> Double {
    2 * (share * abs(gamma - s) + (1 - share) * abs(epsilon - s))
  }

  /// KL(p‖q) over both kinds of images.
  func divergence(_ s: Double, ambiguous share: Double) -> Double {
    func divergence(_ p: Double) -> Double {
      p * log(p / s) + (1 - p) * log((1 - p) / (1 - s))
    }
    return share * divergence(gamma) + (1 - share) * divergence(epsilon)
  }
}
