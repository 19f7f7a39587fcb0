internal import Tensors

/// Class margins of one network, or of two and their difference, with bootstrap intervals.
public struct MarginAnalysis: Sendable, Encodable {
  /// One class.
  public struct Row: Sendable, Encodable, Hashable {
    /// Its number.
    public let label: Int
    /// Its name.
    public let name: String
    /// How many images there are of it.
    public let images: Int
    /// By network, in the order given; empty where there is no image.
    public let margins: [Estimate]
    /// The class that comes nearest, by network.
    public let rivals: [Int]
    /// The first network's margin minus the second's; nil for one network.
    public let difference: Estimate?

    private enum CodingKeys: String, CodingKey {
      case label = "class"
      case name, images, margins, rivals, difference
    }
  }

  /// How many times images were drawn anew.
  public static let draws = 1000
  /// By class.
  public let classes: [Row]
  /// The mean over classes, by network.
  public let means: [Estimate]
  /// The mean difference; nil for one network.
  public let meanDifference: Estimate?
  /// How many times images were drawn anew for the intervals.
  public let draws: Int
  /// What decided the draws.
  public let seed: Int

  private enum CodingKeys: String, CodingKey {
    case classes, means, draws, seed
    case meanDifference = "mean_difference"
  }

  /// Analyses what one or two networks said of the same images.
  ///
  /// - Parameters:
  ///   - logits: by network, then by image, then by class.
  ///   - labels: the images' classes.
  ///   - names: the classes'.
  ///   - seed: decides the bootstrap's draws.
  /// - Precondition: one or two networks with the same classes, at least two; there is an image.
  public init(logits: [[[Float]]], labels: [Int], names: [String], seed: Int) {
    precondition((1...2).contains(logits.count), "margins are of one network or two")
    let margins = logits.map { ClassMargins(logits: $0, labels: labels) }
    let random = RandomStream(seed: UInt64(bitPattern: Int64(seed))).forked("margin")
    let drawn = margins.map { $0.bootstrap(draws: Self.draws, random) }
    let isPair = margins.count == 2
    classes = names.indices.map { label in
      let estimates = margins.indices.compactMap { network in
        Self.estimate(margins[network].margins[label], drawn[network][label])
      }
      var difference: Estimate?
      if isPair, let a = margins[0].margins[label], let b = margins[1].margins[label] {
        difference = Self.estimate(
          a - b, zip(drawn[0][label], drawn[1][label]).map { $0 - $1 })
      }
      return Row(
        label: label, name: names[label], images: margins[0].counts[label], margins: estimates,
        rivals: margins.compactMap { $0.rivals[label] }, difference: difference)
    }
    let means = drawn.map(Self.meanDraws)
    self.means = margins.indices.compactMap { Self.estimate(margins[$0].mean, means[$0]) }
    meanDifference =
      isPair
      ? Self.estimate(
        margins[0].mean - margins[1].mean, zip(means[0], means[1]).map { $0 - $1 }) : nil
    draws = Self.draws
    self.seed = seed
  }

  /// Classes by their difference, or their margin where there is one network, largest first.
  public var sorted: [Row] {
    classes.filter { !$0.margins.isEmpty }.sorted { left, right in
      let (a, b) = (left.shown.value, right.shown.value)
      return a != b ? a > b : left.label < right.label
    }
  }

  private static func estimate(_ value: Double?, _ draws: [Double]) -> Estimate? {
    guard let value, let interval = BootstrapInterval(draws) else { return nil }
    return Estimate(value: value, interval: interval)
  }

  /// The mean over classes of each draw.
  private static func meanDraws(_ draws: [[Double]]) -> [Double] {
    let known = draws.filter { !$0.isEmpty }
    return (0..<Self.draws).map { draw in
      known.reduce(0) { $0 + $1[draw] } / Double(known.count)
    }
  }
}

extension MarginAnalysis.Row {
  /// What the picture shows: the difference, or the one network's margin.
  var shown: Estimate { difference ?? margins[0] }
}
