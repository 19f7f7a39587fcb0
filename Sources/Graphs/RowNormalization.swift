/// x / max(‖x‖, ε) · τ, where x are the values of one channel at all positions and τ is its head's.
///
/// What cross-covariance attention does to queries and keys; source: El-Nouby et al., *XCiT*, NeurIPS
/// 2021.
public struct RowNormalization: Hashable, Sendable, Codable {
  /// Into how many groups channels are split.
  public var heads: Int
  /// A parameter with one factor a head, if there is one; of any extents.
  public var temperature: String?
  /// The smallest norm that is divided by.
  public var epsilon: Double

  /// Creates a normalisation.
  ///
  /// - Parameters:
  ///   - heads: into how many groups channels are split.
  ///   - temperature: the name of the factors.
  ///   - epsilon: the smallest norm that is divided by.
  public init(heads: Int = 1, temperature: String? = nil, epsilon: Double = 1e-12) {
    self.heads = heads
    self.temperature = temperature
    self.epsilon = epsilon
  }
}
