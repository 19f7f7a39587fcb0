public import Tensors

/// How clearly a network tells its classes apart: the class margins.
///
/// The margin of class y is p̄[y] − max over k ≠ y of p̄[k], where p̄ is the mean probability vector
/// of the images of class y.
/// Source: Cui et al., *Decoupled Kullback–Leibler divergence loss*, NeurIPS 2024, eq. 11.
public struct ClassMargins: Hashable, Sendable {
  /// How many images there are of each class.
  public let counts: [Int]
  /// By class, in probability, from −1 to 1; nil where there is no image of the class.
  public let margins: [Double?]
  /// The class that comes nearest to each class; nil where there is no image of the class.
  public let rivals: [Int?]
  /// The mean over the classes that have images, each counting the same.
  public let mean: Double
  private let rows: [[Double]]
  private let members: [[Int]]

  /// Computes the margins.
  ///
  /// - Parameters:
  ///   - logits: one row an image, each with a logit for every class.
  ///   - labels: the images' classes.
  /// - Precondition: there is an image, and there are two classes; every label is a class.
  public init(logits: [[Float]], labels: [Int]) {
    precondition(!labels.isEmpty && logits.count == labels.count, "every image has a label")
    let classes = logits[0].count
    precondition(classes > 1, "a margin needs two classes")
    rows = logits.map { Self.probabilities($0.map(Double.init)) }
    var members = [[Int]](repeating: [], count: classes)
    for (image, label) in labels.enumerated() { members[label].append(image) }
    self.members = members
    counts = members.map(\.count)
    var (margins, rivals) = ([Double?](), [Int?]())
    for label in 0..<classes {
      let margin = Self.margin(of: label, over: members[label], in: rows)
      margins.append(margin?.value)
      rivals.append(margin?.rival)
    }
    (self.margins, self.rivals) = (margins, rivals)
    let known = margins.compactMap { $0 }
    mean = known.reduce(0, +) / Double(known.count)
  }

  /// The margins of images drawn anew: as many of each class, with replacement.
  ///
  /// The same images are drawn for two networks that saw the same labels, so that differences of
  /// their draws are paired.
  ///
  /// - Parameters:
  ///   - draws: how often.
  ///   - random: decides; each draw of a class has a branch of its own.
  /// - Returns: by class, then by draw; empty for a class without images.
  public func bootstrap(draws: Int, _ random: RandomStream) -> [[Double]] {
    members.enumerated().map { label, members in
      if members.isEmpty { return [] }
      let ofClass = random.forked(label)
      return (0..<draws).map { draw in
        var random = ofClass.forked(draw)
        let drawn = members.map { _ in members[random.below(members.count)] }
        return Self.margin(of: label, over: drawn, in: rows)?.value ?? 0
      }
    }
  }

  private static func margin(
    of label: Int, over images: [Int], in rows: [[Double]]
  ) -> (value: Double, rival: Int)? {
    guard let first = images.first else { return nil }
    var sums = [Double](repeating: 0, count: rows[first].count)
    for image in images { for k in sums.indices { sums[k] += rows[image][k] } }
    var rival = label == 0 ? 1 : 0
    for k in sums.indices where k != label && sums[k] > sums[rival] { rival = k }
    return ((sums[label] - sums[rival]) / Double(images.count), rival)
  }

  private static func probabilities(_ logits: [Double]) -> [Double] {
    let largest = logits.max() ?? 0
    let powers = logits.map { exponential($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
