public import Tensors

/// Auto-PGD's steps in L∞ and L₂: momentum, and a step size halved at checkpoints without progress.
///
/// Source: Croce & Hein, *Reliable evaluation of adversarial robustness*, ICML 2020, §3 and
/// algorithm 1.
public struct MomentumControl<Domain: PerturbationSet>: AscentControl {
  private let set: Domain
  private let center: Image
  private var checkpoints: Checkpoints
  private var stepSize: Float  // η
  private var hasMoved = false

  private var previousValue: Float = 0
  private var increases = 0
  private var bestAtCheckpoint: Float = 0
  private var wentBack = true

  /// Prepares for a run.
  public init(within set: Domain, steps: Int, from start: Image, around center: Image) {
    self.set = set
    self.center = center
    checkpoints = Checkpoints(steps: steps)
    stepSize = 2 * set.radius
  }

  /// A single leg.
  public static func legs(of steps: Int) -> [(factor: Float, steps: Int)] { [(1, steps)] }

  /// The paper's equations 5 and 6: an ascent step, and a pull along the last movement.
  public mutating func step(
    from image: Image, after previous: Image, along gradient: Image
  ) -> Image {
    let stepSize = stepSize
    let direction = set.steepest(gradient)
    let ascended = set.project(
      image.combined(with: direction) { $0 + stepSize * $1 }, around: center)
    guard hasMoved else {
      hasMoved = true
      return ascended
    }
    let pulled = image.combined(with: ascended) { $0 + 0.75 * ($1 - $0) }
    let momentum = image - previous
    return set.project(pulled.combined(with: momentum) { $0 + 0.25 * $1 }, around: center)
  }

  /// Takes note of a step's success, and at checkpoints decides whether to go back.
  public mutating func returnsToBest(after value: Float, best: Candidate) -> Bool {
    // The first comparison is with zero, not with the start's objective: the published program
    // does so, and figures are compared with it.
    if value > previousValue { increases += 1 }
    previousValue = value
    guard let window = checkpoints.advance() else { return false }

    let roseTooSeldom = Float(increases) <= 0.75 * Float(window)  // condition 1, ρ = 0.75
    let stalled = !wentBack && bestAtCheckpoint >= best.value  // condition 2
    wentBack = roseTooSeldom || stalled
    bestAtCheckpoint = best.value
    increases = 0
    if wentBack { stepSize /= 2 }
    return wentBack
  }
}
