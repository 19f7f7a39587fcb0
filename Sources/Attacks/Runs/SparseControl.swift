public import Tensors

/// Auto-PGD's steps in L₁: sparse signs, without momentum; sparsity follows the best image's.
///
/// Source: Croce & Hein, *Mind the box: l1-APGD for sparse adversarial attacks on image
/// classifiers*, ICML 2021, §4 and algorithm 1.
public struct SparseControl: AscentControl {
  private let set: L1Ball
  private let center: Image
  private let window: Int
  private var stepsSince = 0
  private var stepSize: Float  // η
  private var changedPixels: Int
  private var fraction: Float

  /// Prepares for a run.
  public init(within set: L1Ball, steps: Int, from start: Image, around center: Image) {
    self.set = set
    self.center = center
    window = max(4 * steps / 100, 1)
    stepSize = set.radius
    changedPixels = start.countOfDifferences(from: center)
    fraction = Float(changedPixels) / Float(center.count) / 1.5
  }

  /// Three times the radius, twice and once, as in AutoAttack's L₁ standard version.
  public static func legs(of steps: Int) -> [(factor: Float, steps: Int)] {
    let early = (3 * steps + 9) / 10
    let middle = min(early, steps - early)
    return [(3, early), (2, middle), (1, steps - early - middle)]
  }

  /// A step along the largest components, projected.
  public mutating func step(
    from image: Image, after previous: Image, along gradient: Image
  ) -> Image {
    let stepSize = stepSize
    let direction = set.steepest(gradient, keeping: fraction)
    return set.project(image.combined(with: direction) { $0 + stepSize * $1 }, around: center)
  }

  /// Takes note of a step's success, and at checkpoints decides whether to go back.
  public mutating func returnsToBest(after value: Float, best: Candidate) -> Bool {
    stepsSince += 1
    guard stepsSince == window else { return false }
    stepsSince = 0

    let changedBefore = changedPixels
    changedPixels = best.image.countOfDifferences(from: center)
    fraction = Float(changedPixels) / Float(center.count) / 1.5
    let becameSparser = Float(changedPixels) < 0.95 * Float(changedBefore)
    stepSize = becameSparser ? set.radius : max(stepSize / 1.5, set.radius / 10)
    return becameSparser
  }
}

extension Image {
  /// The number of pixel values that differ from another image's, O(n).
  fileprivate func countOfDifferences(from other: Image) -> Int {
    var count = 0
    for (own, theirs) in zip(pixels, other.pixels) where own != theirs { count += 1 }
    return count
  }
}
