/// What is remembered of a run to notice catastrophic overfitting: the network learns to defend
/// against the one step it is trained with, and against nothing else.
///
/// Source: Wong, Rice & Kolter, *Fast is better than free*, 2020, who watch one batch from epoch to
/// epoch; here the accuracy is compared with the best so far.
public struct OverfittingWatch: Codable, Hashable, Sendable {
  /// On which images accuracy is watched.
  public enum Images: String, Codable, Sendable {
    /// Some training images, as they are in the data set.
    case training
    /// Those held out of training.
    case heldOut = "held-out"
  }

  /// A fall of the accuracy under projected gradient descent.
  public struct Fall: Codable, Hashable, Sendable {
    /// From 1.
    public var epoch: Int
    /// How many steps of that epoch were taken.
    public var step: Int
    /// On which images.
    public var images: Images
    /// The best accuracy before.
    public var best: Double
    /// What it fell to.
    public var accuracy: Double

    /// The fall in one clause.
    public var text: String {
      "catastrophic overfitting in epoch \(epoch), step \(step): the accuracy under PGD-10 on "
        + "\(images.rawValue) images fell from \(percent(best)) to \(percent(accuracy))"
    }
  }

  private struct Level: Codable, Hashable, Sendable {
    var best = 0.0
    var hasFallen = false
  }

  /// A larger difference to the best so far is a fall.
  static let largestFall = 0.15

  /// What was noticed, in order.
  public private(set) var falls: [Fall] = []
  private var training = Level()
  private var heldOut = Level()

  /// Notes what was measured.
  ///
  /// - Parameters:
  ///   - accuracy: under projected gradient descent, from 0 to 1.
  ///   - images: on which.
  ///   - epoch: from 1.
  ///   - step: how many of it were taken.
  /// - Returns: the fall, if this is one and the measurement before was none.
  mutating func note(_ accuracy: Double, on images: Images, epoch: Int, step: Int) -> Fall? {
    var level = images == .training ? training : heldOut
    let wasFallen = level.hasFallen
    level.hasFallen = level.best - accuracy > Self.largestFall
    level.best = max(level.best, accuracy)
    switch images {
    case .training: training = level
    case .heldOut: heldOut = level
    }
    guard level.hasFallen && !wasFallen else { return nil }
    let fall = Fall(
      epoch: epoch, step: step, images: images, best: level.best, accuracy: accuracy)
    falls.append(fall)
    return fall
  }
}

extension Recipe {
  /// Whether a network may learn to defend against the crafting alone, which is one step long.
  public var mayOverfitCatastrophically: Bool { crafting?.steps == 1 }
}
