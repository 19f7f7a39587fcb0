internal import Tensors

/// Two runs on the same images, image by image.
public struct RunComparison: Sendable {
  /// An image that is robust in one run only.
  public struct Change: Hashable, Sendable {
    /// The stable index.
    public let index: Int
    /// Whether it is robust in the first run.
    public let isRobustInFirst: Bool
    /// The attack that fooled it in the other run; nil where it is misclassified without one.
    public let fooledBy: String?
  }

  /// The first run.
  public let first: RecordedResult
  /// The second run.
  public let second: RecordedResult
  /// Images robust in both; of runs without attacks, here and below, classified correctly.
  public let both: Int
  /// Images robust in neither.
  public let neither: Int
  /// The images that differ, by index.
  public let changes: [Change]

  /// Compares two runs.
  ///
  /// - Parameters:
  ///   - first: a run.
  ///   - second: a run on the same images.
  /// - Throws: ``EvaluationError`` when the images are not the same or a run is partial.
  public init(_ first: RecordedResult, _ second: RecordedResult) throws(EvaluationError) {
    let (left, right) = (first.settings, second.settings)
    for result in [first, second] where result.partial != nil {
      throw EvaluationError(
        kind: .data, place: result.settings.model,
        problem: "was decided early, so that not every image is settled; repeat its run's command "
          + "without --stop-when-decided")
    }
    guard left.datasetSHA256 == right.datasetSHA256, left.indices == right.indices else {
      let difference =
        left.indices == right.indices
        ? "\(left.dataset) with SHA-256 \(left.datasetSHA256.prefix(12))… and \(right.dataset) "
          + "with \(right.datasetSHA256.prefix(12))…"
        : "\(left.indices.count) images from index \(left.indices.first ?? 0) and "
          + "\(right.indices.count) from index \(right.indices.first ?? 0)"
      throw EvaluationError(
        kind: .data, place: "\(left.model) and \(right.model)",
        problem: "were evaluated on \(difference); only runs on the same images can be compared")
    }
    guard (first.robust == nil) == (second.robust == nil) else {
      throw EvaluationError(
        kind: .data, place: (first.robust == nil ? left : right).model,
        problem: "was not attacked and the other was; compare runs with the same --attacks")
    }
    self.first = first
    self.second = second
    let (robustFirst, robustSecond) = (Set(first.robustIndices), Set(second.robustIndices))
    let (fooledFirst, fooledSecond) = (first.fooledBy, second.fooledBy)
    both = robustFirst.intersection(robustSecond).count
    neither = left.indices.count - robustFirst.union(robustSecond).count
    changes = robustFirst.symmetricDifference(robustSecond).sorted().map { index in
      let isFirst = robustFirst.contains(index)
      return Change(
        index: index, isRobustInFirst: isFirst,
        fooledBy: isFirst ? fooledSecond[index] : fooledFirst[index])
    }
  }

  /// Whether the two robust accuracies may be equal.
  public var test: McNemarTest {
    let onlyFirst = changes.count(where: \.isRobustInFirst)
    return McNemarTest(onlyFirst: onlyFirst, onlySecond: changes.count - onlyFirst)
  }

  /// What makes the two runs hard to compare, in words: another norm, radius or list of attacks.
  public var caveats: [String] {
    let (left, right) = (first.settings, second.settings)
    var caveats: [String] = []
    if left.norm != right.norm || left.radii.map(\.value) != right.radii.map(\.value) {
      caveats.append(
        "the radii differ: \(left.norm.rawValue) \(left.radiusText) and \(right.norm.rawValue) \(right.radiusText)"
      )
    }
    if left.attackTexts != right.attackTexts {
      caveats.append(
        "the attacks differ: \(left.attackTexts.joined(separator: ", ")) and "
          + right.attackTexts.joined(separator: ", "))
    }
    return caveats
  }
}
