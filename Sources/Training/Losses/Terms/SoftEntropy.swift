/// The cross-entropy with soft labels: with a distribution that is fixed.
public struct SoftEntropy: LossTerm {
  /// `softEntropy`.
  public static let kind = "softEntropy"

  /// Which distributions have the temperature.
  public enum Tempering: String, Codable, Hashable, Sendable {
    /// The soft labels only.
    ///
    /// Source: Chen & Lee, *LTD: Low temperature distillation for robust adversarial training*, 2021.
    case labels
    /// Both.
    case both
  }

  /// Whose distribution the labels are.
  public var source: DistributionSource
  /// Which images they are labels of.
  public var pass: ForwardPass
  /// The temperature.
  public var temperature: Double
  /// Which distributions have it.
  public var tempering: Tempering

  /// Creates a term.
  ///
  /// - Parameters:
  ///   - source: whose distribution the labels are.
  ///   - pass: which images they are labels of.
  ///   - temperature: of the distributions.
  ///   - tempering: which of them have it.
  public init(
    of source: DistributionSource, at pass: ForwardPass, temperature: Double,
    tempering: Tempering = .both
  ) {
    self.source = source
    self.pass = pass
    self.temperature = temperature
    self.tempering = tempering
  }

  /// That of the labels, where they are the clean images', and the other one.
  public var passes: Set<ForwardPass> { source == .teacher ? [pass] : [.clean, pass] }

  /// Where the labels are a teacher's.
  public var needsTeacher: Bool { source == .teacher }

  /// A teacher's temperature.
  public var settings: [(Setting, WritableKeyPath<Self, Double>)] {
    source == .teacher ? [(.temperature, \.temperature)] : []
  }

  /// −Σ tⱼ log pⱼ.
  ///
  /// - Parameter inputs: the logits that labels come from, and those of the images.
  /// - Returns: a value an image of the batch.
  public func value(of inputs: LossInputs) -> TermValue {
    let rows = zip(source.logits(of: inputs), inputs.logits(pass)).map { labels, logits in
      SingleTerm.crossEntropy(
        logits, target: labels.probabilities(temperature: temperature),
        temperature: tempering == .both ? temperature : 1)
    }
    return TermValue(rows, at: pass)
  }
}

/// Whose distribution comes first in a comparison.
public enum DistributionSource: String, Codable, Hashable, Sendable {
  /// The network's own, on clean images.
  case clean
  /// The teacher's.
  case teacher

  /// Its logits, a row an image.
  func logits(of inputs: LossInputs) -> [[Double]] {
    switch self {
    case .clean: inputs.logits(.clean)
    case .teacher: inputs.teacher
    }
  }
}
