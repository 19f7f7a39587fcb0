internal import Foundation

extension WeightAveraging {
  /// Which average it is, whatever its numbers.
  public enum Kind: String, CaseIterable, Sendable {
    /// No average.
    case none
    /// Over steps.
    case steps = "ema"
    /// Over epochs.
    case epochs

    /// The average with the numbers of its source.
    ///
    /// - Parameter epochs: how many the run has; a fortieth of them pass before steps are averaged.
    /// - Returns: the average.
    public func usual(epochs: Int) -> WeightAveraging {
      switch self {
      case .none: .none
      case .steps: .steps(decay: 0.995, warmUp: Double(epochs) / 40)
      case .epochs: .epochs(decay: 0.9, first: 1)
      }
    }
  }

  /// Which average it is.
  public var kind: Kind {
    switch self {
    case .none: .none
    case .epochs: .epochs
    case .steps: .steps
    }
  }

  /// The average of a run of another length, which forgets within the same share of it.
  func lasting(_ epochs: Int, insteadOf published: Int) -> WeightAveraging {
    guard epochs != published else { return self }
    let stretch = Double(epochs) / Double(published)
    switch self {
    case .none: return .none
    case .epochs(let decay, let first):
      return .epochs(
        decay: pow(decay, 1 / stretch), first: 1 + Int((Double(first - 1) * stretch).rounded()))
    case .steps(let decay, let warmUp): return .steps(decay: decay, warmUp: warmUp * stretch)
    }
  }

  func keeping(_ decay: Double) -> WeightAveraging {
    switch self {
    case .none: .none
    case .epochs(_, let first): .epochs(decay: decay, first: first)
    case .steps(_, let warmUp): .steps(decay: decay, warmUp: warmUp)
    }
  }

  /// The average from an epoch on, or over steps after so many epochs.
  func beginning(at start: Double) -> WeightAveraging {
    switch self {
    case .none: .none
    case .epochs(let decay, _): .epochs(decay: decay, first: Int(start))
    case .steps(let decay, _): .steps(decay: decay, warmUp: start)
    }
  }
}
