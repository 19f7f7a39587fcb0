internal import Tensors

/// How alike the decision boundaries of students are to a teacher's: MagSim and AngSim.
///
/// From the displacements with which the same attack brings the same images across the boundaries.
/// Source: Heo, Lee, Yun & Choi, *Knowledge distillation with adversarial samples supporting decision
/// boundary*, AAAI 2019, eq. 10 and 11; which pairs count is our reading.
public struct SimilarityAnalysis: Sendable, Encodable {
  /// One student.
  public struct Student: Sendable, Encodable {
    /// The mean ratio of the shorter to the longer displacement, in [0, 1]; nil without a pair.
    public let magnitude: Estimate?
    /// The mean cosine of the angle between the displacements, in [−1, 1]; nil without a pair.
    public let angle: Estimate?
    /// Images that both networks classify correctly.
    public let images: Int
    /// Pairs of an image and a wrong class.
    public let pairs: Int
    /// The pairs that the means are over.
    public let used: Int
    /// Pairs in which an attack did not change the class.
    public let unchanged: Int
    /// Pairs left out because a displacement is zero.
    public let zero: Int
  }

  /// How many times images were drawn anew for the intervals.
  public static let draws = 1000
  /// In the order given.
  public let students: [Student]
  /// The attack's settings.
  public let attack: [String: String]
  /// How many wrong classes an image was moved toward.
  public let targets: Int
  /// What decided the draws.
  public let seed: Int
  let pairs: [[BoundaryPair]]

  private enum CodingKeys: String, CodingKey { case students, attack, targets, seed }

  /// Averages.
  ///
  /// - Parameters:
  ///   - pairs: of each student.
  ///   - attack: its settings.
  ///   - targets: how many wrong classes an image was moved toward.
  ///   - seed: decides which images the bootstrap draws.
  public init(_ pairs: [[BoundaryPair]], attack: [String: String], targets: Int, seed: Int) {
    self.pairs = pairs
    self.attack = attack
    self.targets = targets
    self.seed = seed
    let random = RandomStream(seed: UInt64(bitPattern: Int64(seed))).forked("similarity")
    students = pairs.map { own in
      let used = own.filter(\.isUsed)
      return Student(
        magnitude: Self.mean(of: used, \.magnitude, random),
        angle: Self.mean(of: used, \.angle, random), images: Set(own.map(\.index)).count,
        pairs: own.count, used: used.count, unchanged: own.count { !$0.isCrossed },
        zero: own.count { $0.isCrossed && !$0.isUsed })
    }
  }

  /// The mean over pairs, and the interval from images drawn anew with all their pairs.
  private static func mean(
    of pairs: [BoundaryPair], _ value: (BoundaryPair) -> Double, _ random: RandomStream
  ) -> Estimate? {
    let images = Dictionary(grouping: pairs, by: \.index).sorted { $0.key < $1.key }
      .map { (sum: $0.value.reduce(0) { $0 + value($1) }, count: $0.value.count) }
    guard !images.isEmpty else { return nil }
    let draws = (0..<Self.draws).map { draw -> Double in
      var random = random.forked(draw)
      var (sum, count) = (0.0, 0)
      for _ in images {
        let image = images[random.below(images.count)]
        (sum, count) = (sum + image.sum, count + image.count)
      }
      return sum / Double(count)
    }
    let mean = pairs.reduce(0) { $0 + value($1) } / Double(pairs.count)
    return BootstrapInterval(draws).map { Estimate(value: mean, interval: $0) }
  }
}
