/// Whether, how and when a running average of the weights is kept.
public enum WeightAveraging: Hashable, Sendable, Codable {
  /// No average.
  case none
  /// θ̄ ← 0.9·θ̄ + 0.1·θ after every epoch, over the whole state, running statistics included.
  ///
  /// Source: code of Cui et al., *Decoupled Kullback–Leibler Divergence Loss*, 2024, which averages
  /// the checkpoints of all epochs.
  case epochs(decay: Double, first: Int)
  /// θ̄ ← τ·θ̄ + (1 − τ)·θ after every step, over what gradients train; running statistics are those
  /// of the live network.
  ///
  /// For the first `warmUp` epochs τ is 0, then it rises to `decay`. Source: Z. Wang et al., *Better
  /// Diffusion Models Further Improve Adversarial Training*, 2023, code.
  case steps(decay: Double, warmUp: Double)

  /// How much of the old average a step keeps.
  ///
  /// - Parameters:
  ///   - step: from 1, counted over the whole run.
  ///   - warmUp: steps in which the average is the live network; may be a fraction.
  ///   - decay: the largest share.
  /// - Returns: from 0 to `decay`.
  public static func kept(atStep step: Int, warmUp: Double, decay: Double) -> Double {
    let beyond = Double(step) - warmUp
    return beyond < 0 ? 0 : min(decay, (1 + beyond) / (10 + beyond))
  }
}

extension WeightAveraging {
  /// What kind of weights a checkpoint holds, for reports.
  public var text: String {
    switch self {
    case .none: "of the last step"
    case .epochs(let decay, let first):
      "average over epochs from \(first) on, each keeping \(decay) of the one before"
    case .steps(let decay, let warmUp):
      "average over steps after \(warmUp) epochs, each keeping up to \(decay) of the one before"
    }
  }
}
