public import Tensors

/// How alike the decision boundaries of two networks are: MagSim and AngSim.
///
/// From the displacements with which the same attack brings the same images across the boundaries.
/// Source: Heo, Lee, Yun & Choi, *Knowledge distillation with adversarial samples supporting decision
/// boundary*, AAAI 2019, eq. 10 and 11.
public struct BoundarySimilarity: Hashable, Sendable {
  /// The mean ratio of the shorter to the longer displacement, in [0, 1].
  public let magnitude: Double
  /// The mean cosine of the angle between the displacements, in [−1, 1].
  public let angle: Double
  /// The number of pairs that the means are over.
  public let pairs: Int
  /// The number of pairs left out because a displacement was zero.
  public let omitted: Int

  /// Compares displacements pair by pair.
  ///
  /// - Parameter pairs: of one image and target, by one network and by the other; only pairs in which
  ///   both attacks have changed the class should be given. Without one pair of two displacements
  ///   that are not zero the result is nil.
  public init?(_ pairs: [(Image, Image)]) {
    var magnitude = 0.0
    var angle = 0.0
    var used = 0
    for (left, right) in pairs {
      let lengths = (left.norm(.l2), right.norm(.l2))
      guard lengths.0 > 0, lengths.1 > 0 else { continue }
      magnitude += min(lengths.0, lengths.1) / max(lengths.0, lengths.1)
      angle += left.dot(right) / (lengths.0 * lengths.1)
      used += 1
    }
    guard used > 0 else { return nil }
    self.magnitude = magnitude / Double(used)
    self.angle = angle / Double(used)
    self.pairs = used
    omitted = pairs.count - used
  }
}
