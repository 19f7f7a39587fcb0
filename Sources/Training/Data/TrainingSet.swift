public import Datasets
internal import Tensors

/// The images of a run: those it trains on, those it holds out, and those that are mixed in.
public struct TrainingSet: Sendable {
  /// Images that are kept from training, to choose a checkpoint by.
  ///
  /// They are taken from the training images; test images never choose anything.
  public enum HeldOut: Hashable, Sendable, Codable {
    /// None: the last epoch counts.
    case none
    /// The first so many.
    case first(Int)
    /// The last so many.
    case last(Int)
  }

  /// Further images, labelled, of which every batch takes a share.
  public struct Extra: Sendable {
    /// The images.
    public var dataset: Dataset
    /// The share of every batch.
    public var share: Double

    /// Joins images and their share.
    ///
    /// - Parameters:
    ///   - dataset: the images.
    ///   - share: of every batch, from 0 to below 1.
    public init(_ dataset: Dataset, share: Double) {
      self.dataset = dataset
      self.share = share
    }
  }

  /// The published training images.
  public let dataset: Dataset
  /// The positions of those that are trained on.
  public let positions: Range<Int>
  /// The positions of those that are held out.
  public let heldOut: Range<Int>
  /// What is mixed in.
  public let extra: Extra?

  /// Divides a data set.
  ///
  /// - Parameters:
  ///   - dataset: the training images.
  ///   - heldOut: what is kept from training.
  ///   - extra: what is mixed in.
  ///   - limit: only the first so many images are used; all by default.
  /// - Throws: ``TrainingError`` when nothing would be left, or the extra images do not fit.
  public init(
    _ dataset: Dataset, holdingOut heldOut: HeldOut, mixingIn extra: Extra? = nil,
    limit: Int? = nil
  ) throws(TrainingError) {
    let count = limit ?? dataset.count
    guard count > 0, count <= dataset.count else {
      throw TrainingError(
        .examples,
        problem: "\(count) is not from 1 to \(dataset.count), the training images there are")
    }
    (positions, self.heldOut) = try Self.divided(count, heldOut)
    if let extra {
      guard extra.dataset.shape == dataset.shape, extra.dataset.classes <= dataset.classes else {
        throw TrainingError(
          kind: .data, place: extra.dataset.files.last ?? extra.dataset.name,
          problem: "holds images of \(extra.dataset.shape) in \(extra.dataset.classes) classes; "
            + "\(dataset.name) has \(dataset.shape) in \(dataset.classes)")
      }
      guard extra.share > 0, extra.share < 1 else {
        throw TrainingError(.extraShare, problem: "\(extra.share) is not between 0 and 1")
      }
    }
    self.dataset = dataset
    self.extra = extra
  }

  private static func divided(
    _ count: Int, _ heldOut: HeldOut
  ) throws(TrainingError) -> (Range<Int>, Range<Int>) {
    let wanted: Int
    switch heldOut {
    case .none: return (0..<count, 0..<0)
    case .first(let number), .last(let number): wanted = number
    }
    guard wanted >= 0, wanted < count else {
      throw TrainingError(
        .heldOut,
        problem: "\(wanted) is not below the \(count) training images; hold fewer of them out")
    }
    if case .first = heldOut { return (wanted..<count, 0..<wanted) }
    return (0..<count - wanted, count - wanted..<count)
  }

  /// A checksum of the images and labels that are used.
  ///
  /// - Complexity: O(pixels).
  public var sha256: String {
    let used = 0..<max(positions.upperBound, heldOut.upperBound)
    return used.count == dataset.count
      ? dataset.sha256 : "the first \(used.count) of \(dataset.sha256)"
  }

  /// How many steps an epoch has: every image once, the last batch perhaps smaller.
  ///
  /// - Parameter batchSize: of all but the last.
  /// - Returns: at least 1.
  public func steps(ofBatches batchSize: Int) -> Int {
    (positions.count + batchSize - 1) / batchSize
  }
}
