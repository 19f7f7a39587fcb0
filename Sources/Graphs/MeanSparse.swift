/// The channel's mean where a value is nearer to it than threshold · √variance, else the value.
///
/// Nothing of it is trained by gradients; a value that is replaced passes none on.
/// Source: Amini, Teymoorianfard, Ma & Houmansadr, *MeanSparse: post-training robustness enhancement
/// through mean-centered feature sparsification*, 2024, equation 5.
public struct MeanSparse: Hashable, Sendable, Codable {
  /// The mean `[channels]`.
  public var mean: String
  /// The variance `[channels]`.
  public var variance: String
  /// The threshold, a single number in units of the deviation.
  public var threshold: String

  /// Creates a mean-centred sparsification.
  ///
  /// - Parameters:
  ///   - mean: the name of the means.
  ///   - variance: the name of the variances.
  ///   - threshold: the name of the threshold.
  public init(mean: String, variance: String, threshold: String) {
    self.mean = mean
    self.variance = variance
    self.threshold = threshold
  }
}
