/// Sums of terms that several recipes have.
extension TrainingLoss {
  /// Cross-entropy on clean images.
  ///
  /// - Parameter labelSmoothing: how much of a label's probability goes to all classes alike.
  /// - Returns: `ce`.
  public static func natural(labelSmoothing: Double) -> TrainingLoss {
    [WeightedTerm("ce", LabelEntropy(at: .clean, smoothing: labelSmoothing))]
  }

  /// Cross-entropy on perturbed images.
  ///
  /// - Parameter labelSmoothing: how much of a label's probability goes to all classes alike.
  /// - Returns: `ce`.
  public static func adversarial(labelSmoothing: Double) -> TrainingLoss {
    [WeightedTerm("ce", LabelEntropy(at: .adversarial, smoothing: labelSmoothing))]
  }

  /// Cross-entropy on clean images plus a divergence from them to perturbed ones.
  ///
  /// - Parameters:
  ///   - weight: the divergence's factor.
  ///   - labelSmoothing: how much of a label's probability goes to all classes alike.
  /// - Returns: `ce` and `kl`.
  public static func trades(weight: Double, labelSmoothing: Double) -> TrainingLoss {
    [
      WeightedTerm("ce", LabelEntropy(at: .clean, smoothing: labelSmoothing)),
      WeightedTerm("kl", ImageDivergence(), times: weight, as: .beta),
    ]
  }

  /// Cross-entropy on clean images plus the parts of a decoupled divergence to perturbed ones.
  ///
  /// - Parameter divergence: its parts' factors and form.
  /// - Returns: `ce`, `wmse` and `sce`.
  public static func decoupled(_ divergence: DecoupledDivergence) -> TrainingLoss {
    TrainingLoss(
      [WeightedTerm("ce", LabelEntropy(at: .clean))]
        + divergence.parts(from: .clean, at: .adversarial))
  }

  /// TRADES with a teacher's probabilities for labels.
  ///
  /// - Parameters:
  ///   - temperature: of the teacher.
  ///   - weight: the divergence's factor.
  /// - Returns: `ce` and `kl`.
  public static func lowTemperature(temperature: Double, weight: Double) -> TrainingLoss {
    [
      WeightedTerm(
        "ce",
        SoftEntropy(of: .teacher, at: .clean, temperature: temperature, tempering: .labels)),
      WeightedTerm("kl", ImageDivergence(), times: weight, as: .lambda),
    ]
  }

  /// Cross-entropy and a divergence from a teacher.
  ///
  /// - Parameters:
  ///   - labels: the cross-entropy's factor.
  ///   - weight: the divergence's.
  ///   - temperature: of both distributions.
  /// - Returns: `ce` and `kd`.
  public static func distillation(
    labels: Double, weight: Double, temperature: Double
  ) -> TrainingLoss {
    [
      WeightedTerm("ce", LabelEntropy(at: .clean), times: labels),
      WeightedTerm("kd", TeacherDivergence(temperature: temperature), times: weight),
    ]
  }

  /// Cross-entropy and the parts of a decoupled divergence of the student from the teacher.
  ///
  /// - Parameters:
  ///   - divergence: its parts' factors and form.
  ///   - warmUpEpochs: over how many their factors rise.
  /// - Returns: `ce`, `wmse` and `sce`.
  public static func decoupledDistillation(
    _ divergence: DecoupledDivergence, warmUpEpochs: Int
  ) -> TrainingLoss {
    TrainingLoss(
      [WeightedTerm("ce", LabelEntropy(at: .clean))]
        + divergence.parts(from: .teacher, at: .clean, over: .rising(epochs: warmUpEpochs)))
  }

  /// Distillation that also compares images near the teacher's decision boundary.
  ///
  /// Factors as in the program that goes with the paper: of the batch from 4 down to 1, of the moved
  /// images from 2 down to 0 at three quarters.
  ///
  /// - Parameter samples: how images are moved; its temperature is the batch's too.
  /// - Returns: `ce`, `kd` and `bss`.
  public static func boundaryDistillation(_ samples: BoundaryDistillation) -> TrainingLoss {
    [
      WeightedTerm("ce", LabelEntropy(at: .clean)),
      WeightedTerm(
        "kd", SoftEntropy(of: .teacher, at: .clean, temperature: samples.temperature),
        over: .falling(height: 3, speed: 1, floor: 1)),
      WeightedTerm("bss", samples, over: .falling(height: 2, speed: 4.0 / 3, floor: 0)),
    ]
  }

  /// Distillation that also compares losses on particles of the teacher's adversarial distribution.
  ///
  /// - Parameters:
  ///   - particles: how they are made; the paper's, what it leaves open being chosen by us.
  ///   - weight: the factor of that comparison.
  ///   - temperature: of the divergence from the teacher, which has nine times the factor of labels.
  /// - Returns: `ce`, `kd` and `tald`.
  public static func localDistribution(
    _ particles: LocalDistribution, weight: Double = 0.01, temperature: Double = 4
  ) -> TrainingLoss {
    TrainingLoss(
      distillation(labels: 0.1, weight: 0.9, temperature: temperature).terms
        + [WeightedTerm("tald", particles, times: weight, as: .lambda)])
  }
}

extension DecoupledDivergence {
  /// Its two parts as terms.
  fileprivate func parts(
    from source: DistributionSource, at pass: ForwardPass, over course: WeightCourse = .constant
  ) -> [WeightedTerm] {
    [
      WeightedTerm(
        "wmse", WeightedSquaredError(from: source, weights: classWeights, reach: reach),
        times: squaredErrorWeight, over: course, as: .squaredErrorWeight),
      WeightedTerm(
        "sce", SoftEntropy(of: source, at: pass, temperature: temperature),
        times: crossEntropyWeight, over: course, as: .crossEntropyWeight),
    ]
  }
}
