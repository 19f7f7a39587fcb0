/// Auto-PGD's moments of decision: dense toward the end.
///
/// In the integer form of the published program, where the paper has fractions of the steps:
/// p₁ = 0.22 and p₍ⱼ₊₁₎ = pⱼ + max(pⱼ − p₍ⱼ₋₁₎ − 0.03, 0.06).
struct Checkpoints {
  private var window: Int
  private let decrease: Int
  private let shortest: Int
  private var stepsSince = 0

  init(steps: Int) {
    window = max(22 * steps / 100, 1)
    decrease = max(3 * steps / 100, 1)
    shortest = max(6 * steps / 100, 1)
  }

  /// Counts a step; at a checkpoint, gives the number of steps since the one before.
  mutating func advance() -> Int? {
    stepsSince += 1
    guard stepsSince == window else { return nil }
    defer {
      stepsSince = 0
      window = max(window - decrease, shortest)
    }
    return window
  }
}
