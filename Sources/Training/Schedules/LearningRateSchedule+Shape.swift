extension LearningRateSchedule {
  /// What a schedule looks like, whatever its numbers.
  public enum Shape: String, CaseIterable, Sendable {
    /// The same throughout.
    case constant
    /// Drops by a factor of 10 at some epochs.
    case steps
    /// Half a cosine.
    case cosine
    /// Drops by a factor of 10 after half and three quarters of all steps.
    case piecewise
    /// Up and down again, while momentum goes down and up.
    case oneCycle = "onecycle"
    /// Up and down again in straight lines, step by step.
    case triangle
  }

  /// What this schedule looks like.
  public var shape: Shape {
    switch self {
    case .constant: .constant
    case .steps: .steps
    case .cosine: .cosine
    case .piecewise: .piecewise
    case .oneCycle: .oneCycle
    case .triangle: .triangle
    }
  }

  /// The rate that everything is a multiple of.
  public var largest: Double {
    switch self {
    case .constant(let rate): rate
    case .steps(let initial, _, _, _): initial
    case .cosine(let initial, _, _, _): initial
    case .piecewise(let initial): initial
    case .oneCycle(let largest, _, _, _), .triangle(let largest): largest
    }
  }

  /// A schedule of another shape with the same largest rate.
  ///
  /// Drops come after half and three quarters of the epochs, a cosine would reach 0 one epoch after
  /// the last, and one cycle rises for a fortieth of the epochs from a 25th of the largest rate and
  /// ends at a 10 000th of where it began.
  ///
  /// - Parameters:
  ///   - shape: what it looks like.
  ///   - epochs: how many there are.
  /// - Returns: this schedule where it has that shape already.
  public func shaped(_ shape: Shape, epochs: Int) -> LearningRateSchedule {
    if shape == self.shape { return self }
    switch shape {
    case .constant: return .constant(largest)
    case .steps:
      return .steps(
        initial: largest, factor: 0.1, epochs: [1 + (epochs + 1) / 2, 1 + (3 * epochs + 3) / 4])
    case .cosine: return .cosine(initial: largest, period: Double(epochs + 1), shift: 0)
    case .piecewise: return .piecewise(initial: largest)
    case .oneCycle:
      return .oneCycle(largest: largest, rise: 0.025, startDivisor: 25, endDivisor: 10_000)
    case .triangle: return .triangle(largest: largest)
    }
  }
}
