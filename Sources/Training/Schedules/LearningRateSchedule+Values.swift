internal import Foundation

extension LearningRateSchedule {
  /// The learning rate of a step.
  ///
  /// - Parameter position: of the step.
  /// - Returns: the rate.
  public func rate(at position: SchedulePosition) -> Double {
    let epoch = Double(position.epoch)
    switch self {
    case .constant(let rate): return rate
    case .steps(let initial, let factor, let epochs, _):
      let drops = epochs.count { $0 <= position.epoch }
      return (0..<drops).reduce(initial) { rate, _ in rate * factor }
    case .cosine(let initial, let period, let shift, let warmUp):
      if position.epoch < warmUp { return initial / Double(warmUp) * epoch }
      return initial / 2 * (1 + cos(.pi * (epoch + shift) / period))
    case .piecewise(let initial):
      let inEpoch = Double(position.step + 1) / Double(position.stepsPerEpoch)
      let done = (epoch - 1 + inEpoch) / Double(position.epochs)
      return done < 0.5 ? initial : done < 0.75 ? initial / 10 : initial / 100
    case .oneCycle(let largest, let rise, let startDivisor, let endDivisor):
      let start = largest / startDivisor
      return Self.cycle(start, largest, start / endDivisor, rise: rise, at: position)
    case .triangle(let largest):
      let step = (position.epoch - 1) * position.stepsPerEpoch + position.step
      let share = Double(step) / Double(position.stepsPerEpoch * position.epochs)
      return largest * (1 - abs(2 * share - 1))
    }
  }

  /// The momentum of a step, where the schedule changes it.
  ///
  /// - Parameter position: of the step.
  /// - Returns: the momentum; nil where the recipe's own is kept.
  public func momentum(at position: SchedulePosition) -> Double? {
    guard case .oneCycle(_, let rise, _, _) = self else { return nil }
    return Self.cycle(0.95, 0.85, 0.95, rise: rise, at: position)
  }

  /// Whether momentum starts from zero at the beginning of an epoch.
  ///
  /// - Parameter epoch: from 1.
  /// - Returns: whether a drop that forgets it begins there.
  public func forgetsMomentum(atStartOf epoch: Int) -> Bool {
    guard case .steps(_, _, let epochs, let forgetsMomentum) = self else { return false }
    return forgetsMomentum && epochs.contains(epoch)
  }

  /// From a start over a summit to an end, along half a cosine each.
  private static func cycle(
    _ start: Double, _ summit: Double, _ end: Double, rise: Double, at position: SchedulePosition
  ) -> Double {
    let index = Double(position.epoch - 1)
    let last = Double(position.epochs - 1)
    // A real number: the rise may end between two epochs, or before the first.
    let turn = rise * Double(position.epochs) - 1
    if turn > 0 && index <= turn { return along(start, summit, share: index / turn) }
    return along(summit, end, share: last > turn ? (index - turn) / (last - turn) : 1)
  }

  private static func along(_ start: Double, _ end: Double, share: Double) -> Double {
    end + (start - end) / 2 * (1 + cos(.pi * share))
  }
}

extension LearningRateSchedule {
  /// The schedule with another largest rate.
  ///
  /// - Parameter rate: the rate that everything is a multiple of.
  /// - Returns: a schedule of the same shape.
  public func starting(at rate: Double) -> LearningRateSchedule {
    switch self {
    case .constant: .constant(rate)
    case .steps(_, let factor, let epochs, let forgets):
      .steps(initial: rate, factor: factor, epochs: epochs, forgetsMomentum: forgets)
    case .cosine(_, let period, let shift, let warmUp):
      .cosine(initial: rate, period: period, shift: shift, warmUp: warmUp)
    case .piecewise: .piecewise(initial: rate)
    case .oneCycle(_, let rise, let startDivisor, let endDivisor):
      .oneCycle(
        largest: rate, rise: rise, startDivisor: startDivisor, endDivisor: endDivisor)
    case .triangle: .triangle(largest: rate)
    }
  }

  /// The schedule of a run of another length: drops at the same share of it.
  ///
  /// - Parameters:
  ///   - epochs: of the new run.
  ///   - published: how many epochs this schedule was made for.
  /// - Returns: a schedule of the same shape.
  public func lasting(_ epochs: Int, insteadOf published: Int) -> LearningRateSchedule {
    guard epochs != published else { return self }
    switch self {
    case .constant, .piecewise, .oneCycle, .triangle: return self
    case .steps(let initial, let factor, let drops, let forgets):
      let scaled = drops.map { drop in
        let moved = 1 + Int((Double(drop - 1) / Double(published) * Double(epochs)).rounded())
        // A drop near the end is not rounded away.
        return drop <= published ? min(moved, epochs) : max(moved, epochs + 1)
      }
      return .steps(initial: initial, factor: factor, epochs: scaled, forgetsMomentum: forgets)
    case .cosine(let initial, let period, let shift, let warmUp):
      let scaled = Int((Double(warmUp) / Double(published) * Double(epochs)).rounded())
      let later = Double(warmUp - scaled)
      return .cosine(
        initial: initial, period: period + Double(epochs - published) + later,
        shift: shift + later, warmUp: scaled)
    }
  }
}
