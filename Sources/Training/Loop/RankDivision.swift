internal import Files
internal import Graphs
internal import Tensors

/// How the steps of a run are divided among processes.
public struct RankDivision: Codable, Hashable, Sendable {
  /// How many there are; each takes an equal share of every batch.
  public var ranks: Int
  /// Whether batch normalisations see the whole batch; otherwise each rank's share, and running
  /// statistics are those of rank 0, as in PyTorch's `DistributedDataParallel`.
  public var joinsStatistics: Bool

  /// Describes a division.
  ///
  /// - Parameters:
  ///   - ranks: how many processes there are.
  ///   - joinsStatistics: whether batch normalisations see the whole batch.
  public init(ranks: Int, joinsStatistics: Bool) {
    self.ranks = ranks
    self.joinsStatistics = joinsStatistics
  }

  /// For reports, for example `4 ranks, batch statistics of each one's share`.
  public var text: String {
    counted(ranks, "rank") + ", batch statistics "
      + (joinsStatistics ? "of the whole batch" : "of each one's share")
  }
}

extension TrainingSettings {
  /// Refuses a division that leaves a rank without images, or a loss that looks at a whole batch.
  ///
  /// - Parameter images: how many are trained on.
  /// - Throws: ``TrainingError`` that says what stands in the way.
  public func checkDivision(of images: Int) throws(TrainingError) {
    guard let division else { return }
    let smallest = [recipe.batchSize, images % recipe.batchSize].filter { $0 > 0 }.min() ?? 0
    guard smallest >= division.ranks else {
      throw TrainingError(
        .batch,
        problem: "a batch of an epoch has \(counted(smallest, "image")), fewer than "
          + "\(division.ranks) ranks; give another `batch` or `held-out`, or fewer ranks")
    }
    guard let maker = recipe.loss.imageMaker else { return }
    if maker.choosesAmongBatch {
      throw TrainingError(
        kind: .usage, place: recipe.name,
        problem:
          "chooses the images that the teacher moves among a whole batch, which ranks divide; "
          + "train it in one process")
    }
    if division.joinsStatistics {
      throw TrainingError(
        kind: .usage, place: recipe.name,
        problem: "makes another number of images on every rank, so that their statistics cannot be "
          + "joined; leave out sync-batchnorm")
    }
  }
}
