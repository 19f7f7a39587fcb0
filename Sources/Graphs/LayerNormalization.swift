/// Layer normalisation of each position: weight · (x − mean) / √(variance + ε) + bias.
///
/// Mean and biased variance are those of all channels at one position of one image.
/// Source: Ba, Kiros & Hinton, *Layer normalization*, 2016, §3; as in ConvNeXt, over channels only.
public struct LayerNormalization: Hashable, Sendable, Codable {
  /// The parameter `[channels]` that scales.
  public var weight: String
  /// The parameter `[channels]` that shifts.
  public var bias: String
  /// Added to the variance.
  public var epsilon: Double

  /// Creates a layer normalisation.
  ///
  /// - Parameters:
  ///   - weight: the name of the factors.
  ///   - bias: the name of the summands.
  ///   - epsilon: added to the variance.
  public init(weight: String, bias: String, epsilon: Double) {
    self.weight = weight
    self.bias = bias
    self.epsilon = epsilon
  }
}
