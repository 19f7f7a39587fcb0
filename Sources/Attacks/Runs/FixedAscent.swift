public import Execution
public import Tensors

/// Projected gradient ascent that takes all its steps and judges nothing: the inner maximisation of
/// adversarial training.
public struct FixedAscent: Hashable, Sendable {
  /// How many steps are taken.
  public var steps: Int
  /// The length of each in the set's norm, in pixel units.
  public var length: Float

  /// Creates the method.
  ///
  /// - Parameters:
  ///   - steps: how many are taken.
  ///   - length: of each, in the set's norm and pixel units.
  public init(steps: Int, length: Float) {
    precondition(steps >= 0, "steps are counted")
    self.steps = steps
    self.length = length
  }

  /// Ascends.
  ///
  /// After each step pixels are brought into [0, 1] and then the image into the set.
  ///
  /// - Parameters:
  ///   - objective: what is to become large.
  ///   - start: the first image, which may lie outside the set.
  ///   - example: the clean image and its true class.
  ///   - set: the images allowed.
  ///   - oracle: answers questions about the network, one a step.
  /// - Returns: the last image.
  /// - Throws: what the oracle throws.
  public func ascend(
    _ objective: some Objective, from start: Image, for example: Example,
    within set: some PerturbationSet, asking oracle: some Oracle
  ) async throws -> Image {
    var image = start
    for _ in 0..<steps {
      let gradient = try await oracle.gradient(
        of: objective, at: image, label: example.label
      ).gradient
      let length = length
      let moved = image.combined(with: set.steepest(gradient)) { $0 + length * $1 }
      image = set.project(moved.clippedToBox(), around: example.image)
    }
    return image
  }
}
