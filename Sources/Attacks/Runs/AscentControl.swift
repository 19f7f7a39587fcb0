public import Tensors

/// How Auto-PGD moves within a set: directions, momentum and the size of steps.
public protocol AscentControl: Sendable {
  /// The set moved in.
  associatedtype Domain

  /// The legs of a search: how much wider than asked the set is, and for how many steps.
  ///
  /// - Parameter steps: of the whole search.
  /// - Returns: the legs in order; the last has a factor of 1.
  static func legs(of steps: Int) -> [(factor: Float, steps: Int)]

  /// Prepares for a run.
  ///
  /// - Parameters:
  ///   - set: the images allowed.
  ///   - steps: how many there will be.
  ///   - start: the first image.
  ///   - center: the clean image.
  init(within set: Domain, steps: Int, from start: Image, around center: Image)

  /// The next image.
  ///
  /// - Parameters:
  ///   - image: the current one.
  ///   - previous: the one before.
  ///   - gradient: the objective's at the current image.
  /// - Returns: an image of the set.
  mutating func step(from image: Image, after previous: Image, along gradient: Image) -> Image

  /// Takes note of a step's success, and at checkpoints decides whether to go back.
  ///
  /// - Parameters:
  ///   - value: the objective after the step.
  ///   - best: the largest objective so far and its image, this step included.
  /// - Returns: whether the search should continue from the best image, with its own new step
  ///   size.
  mutating func returnsToBest(after value: Float, best: Candidate) -> Bool
}
