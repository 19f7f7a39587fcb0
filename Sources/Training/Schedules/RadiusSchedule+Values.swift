extension RadiusSchedule {
  /// The radius of an epoch.
  ///
  /// - Parameter epoch: from 1.
  /// - Returns: the radius in pixel units; 0 where nothing is perturbed.
  public func radius(inEpoch epoch: Int) -> Double {
    switch self {
    case .none: 0
    case .constant(let radius): radius
    case .linear(let full, let epochs): full * Double(epoch) / Double(epochs)
    }
  }

  /// The largest radius.
  public var full: Double {
    switch self {
    case .none: 0
    case .constant(let radius): radius
    case .linear(let full, _): full
    }
  }

  /// The schedule with another largest radius.
  ///
  /// - Parameter radius: in pixel units.
  /// - Returns: a schedule of the same shape.
  public func reaching(_ radius: Double) -> RadiusSchedule {
    switch self {
    case .none: .none
    case .constant: .constant(radius)
    case .linear(_, let epochs): .linear(full: radius, epochs: epochs)
    }
  }

  /// The schedule of a run of another length.
  ///
  /// - Parameter epochs: of the new run.
  /// - Returns: a schedule of the same shape.
  public func lasting(_ epochs: Int) -> RadiusSchedule {
    guard case .linear(let full, _) = self else { return self }
    return .linear(full: full, epochs: epochs)
  }
}
