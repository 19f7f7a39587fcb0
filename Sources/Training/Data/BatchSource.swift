internal import Datasets
public import Tensors

/// Makes the batches of a run, every one from seed, epoch and number alone.
///
/// So batches can be made ahead, and an interrupted run meets the same ones again.
public struct BatchSource: Sendable {
  private let images: TrainingSet
  private let batchSize: Int
  private let augmentation: Augmentation
  private let cutMix: CutMix?
  private let replays: Int
  private let rotations: Rotations?
  private let random: RandomStream

  /// Prepares a source.
  ///
  /// - Parameters:
  ///   - images: those of the run.
  ///   - batchSize: images a step.
  ///   - augmentation: what is done to them.
  ///   - cutMix: how they are mixed afterwards; nil for not at all.
  ///   - replays: how many steps in turn take the same batch.
  ///   - rotations: how each image is taken in four of them.
  ///   - random: the seed's stream.
  public init(
    _ images: TrainingSet, batchSize: Int, augmentation: Augmentation, cutMix: CutMix? = nil,
    replays: Int = 1, rotations: Rotations? = nil, random: RandomStream
  ) {
    precondition(batchSize > 0 && replays > 0, "a batch holds images and is taken")
    self.images = images
    self.batchSize = batchSize
    self.augmentation = augmentation
    self.cutMix = cutMix
    self.replays = replays
    self.rotations = rotations
    self.random = random
  }

  /// How many steps an epoch has.
  public var stepsPerEpoch: Int { images.steps(ofBatches: batchSize) * replays }

  /// Whether a step takes the batch of the step before it.
  ///
  /// - Parameter step: within the epoch, from 0.
  /// - Returns: whether its batch is the same, to the bit.
  public func isReplay(_ step: Int) -> Bool { !step.isMultiple(of: replays) }

  /// The positions of the training images in the order of an epoch.
  ///
  /// - Parameter epoch: from 1.
  /// - Returns: a permutation, by Fisher and Yates. O(images).
  public func order(ofEpoch epoch: Int) -> [Int] {
    var random = random.forked("order").forked(epoch)
    return random.shuffled(images.positions)
  }

  /// A batch.
  ///
  /// With extra images a step takes fewer of the published ones; those at the end of an epoch's
  /// order then wait for another epoch.
  ///
  /// - Parameters:
  ///   - step: within the epoch, from 0.
  ///   - epoch: from 1.
  ///   - order: of the epoch.
  /// - Returns: augmented images with their labels.
  public func batch(step: Int, epoch: Int, order: [Int]) -> TrainingBatch {
    let step = step / replays
    let size = min(batchSize, order.count - step * batchSize)
    let extras = images.extra.map { Int((Double(size) * $0.share).rounded()) } ?? 0
    let start = step * (batchSize - (images.extra.map { extraCount($0.share) } ?? 0))
    let stream = random.forked("augmentation").forked(epoch)
    var chosen: [Image] = []
    var labels: [Int] = []
    var indices: [Int] = []
    var views: [Image] = []
    for position in order[start..<start + size - extras] {
      let index = images.dataset.index(at: position)
      let image = images.dataset.image(at: position)
      if rotations == .beforeCrop {
        views += augmentation.views(of: image, random: stream.forked(index))
        chosen.append(views[views.count - Rotations.count])
      } else {
        chosen.append(augmentation.applied(to: image, random: stream.forked(index)))
      }
      labels.append(images.dataset.label(at: position))
      indices.append(index)
    }
    if let extra = images.extra {
      var choice = random.forked("extra").forked(epoch).forked(step)
      for place in 0..<extras {
        let position = choice.below(extra.dataset.count)
        // The same image may be drawn twice in an epoch: its place tells the draws apart.
        let draw = images.dataset.count + step * batchSize + place
        chosen.append(
          augmentation.applied(
            to: extra.dataset.image(at: position), random: stream.forked(draw)))
        labels.append(extra.dataset.label(at: position))
        indices.append(draw)
      }
    }
    var batch = TrainingBatch(images: chosen, labels: labels, indices: indices)
    batch.views = views
    return cutMix?.applied(
      to: batch, random: random.forked("cutmix").forked(epoch).forked(step)) ?? batch
  }

  private func extraCount(_ share: Double) -> Int { Int((Double(batchSize) * share).rounded()) }
}
